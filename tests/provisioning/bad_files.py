"""Which files are wrong, and what is said of each? (name, text, what the one sentence is or begins with)"""

from __future__ import annotations

from shared.runtime.provisioning_file import LARGEST
from tests.provisioning.conftest import MINIMAL, PRINCIPAL


def with_row(*lines: str) -> str:
    """A file whose row begins on line 9."""
    return MINIMAL + "\n".join(("[[mapping]]", *lines)) + "\n"


TITLE = 'target = "title"'
JOB_TITLE = 'expression = "[jobTitle]"'
BAD: tuple[tuple[str, str | bytes, str], ...] = (
    (
        "syntax",
        "version = 1\n[scope\n",
        "provisioning.toml:2: the file is no TOML: Expected ']' at the end of a table declaration, column 7.",
    ),
    (
        "syntax at the end",
        'version = 1\nx = """',
        "provisioning.toml:2: the file is no TOML: Unterminated string.",
    ),
    (
        "the same key twice",
        "version = 1\nversion = 1\n",
        "provisioning.toml:2: the file is no TOML: Cannot overwrite a value, column 12.",
    ),
    (
        "another encoding",
        b"version = 1\n# \xfc\n",
        "provisioning.toml:2: the file is not in UTF-8.",
    ),
    (
        "too large",
        "#" * (LARGEST + 1),
        "provisioning.toml:1: the file has more than 1,000,000 bytes.",
    ),
    (
        "too deep",
        "x = " + "[" * 5_000 + "]" * 5_000,
        "provisioning.toml:1: the file nests too deeply to be read.",
    ),
    (
        "no version",
        MINIMAL[12:],
        "provisioning.toml:1: the file has no version; write version = 1 at its top.",
    ),
    (
        "a later version",
        MINIMAL.replace("version = 1", "version = 2"),
        "provisioning.toml:1: version has to be 1.",
    ),
    (
        "an unknown table",
        MINIMAL + "[scopes]\n",
        "provisioning.toml:9: the file has no key scopes; did you mean scope.",
    ),
    (
        "an unknown key",
        with_row(TITLE, 'expresion = "[jobTitle]"', 'default = "x"'),
        "provisioning.toml:11: [[mapping]] has no key expresion; did you mean expression.",
    ),
    (
        "a table that is none",
        MINIMAL.replace("version = 1", 'version = 1\nscope = "all"'),
        "provisioning.toml:2: scope is a text, but has to be a table: write [scope] on a line of its own.",
    ),
    (
        "a row that is no list",
        'version = 1\n[mapping]\ntarget = "title"\n',
        "provisioning.toml:2: mapping is a table, but has to be a list of tables: write [[mapping]].",
    ),
    (
        "rows that are no tables",
        "version = 1\nmapping = [\n  1,\n]\n",
        "provisioning.toml:3: mapping has a number where a table has to be.",
    ),
    (
        "where from",
        MINIMAL + '[entra]\nschema = "graph"\n',
        'provisioning.toml:10: schema is "graph", but has to be one of "job", "file", "none".',
    ),
    (
        "a job of nobody",
        'version = 1\n[entra]\nschema = "job"\n',
        'provisioning.toml:3: schema = "job" needs service_principal, the application whose job it is.',
    ),
    (
        "a name for an id",
        MINIMAL + '[entra]\nservice_principal = "Genesys"\n',
        "provisioning.toml:10: service_principal has to be the object id of an enterprise application.",
    ),
    (
        "a job without need",
        MINIMAL + '[entra]\njob = "x"\n',
        'provisioning.toml:10: job counts only with schema = "job"; leave it out.',
    ),
    (
        "a file without need",
        MINIMAL + '[entra]\nfile = "x"\n',
        'provisioning.toml:10: file counts only with schema = "file"; leave it out.',
    ),
    (
        "an export without a name",
        'version = 1\n[entra]\nschema = "file"\n[scope]\npeople = "everybody"\n',
        'provisioning.toml:3: schema = "file" needs file, the name of the exported schema.',
    ),
    (
        "an export that is not there",
        'version = 1\n[entra]\nschema = "file"\nfile = "s.json"\n[scope]\npeople = "everybody"\n',
        "provisioning.toml:4: the exported schema s.json cannot be read: No such file or directory.",
    ),
    (
        "who",
        MINIMAL + '[scope]\npeople = "all"\n',
        'provisioning.toml:10: people is "all", but has to be one of "everybody", "assigned".',
    ),
    (
        "assigned to nothing",
        MINIMAL + '[scope]\npeople = "assigned"\n',
        'provisioning.toml:10: people = "assigned" needs service_principal in [entra], to whom they are assigned.',
    ),
    (
        "nested groups beside a job",
        f'version = 1\n[entra]\nschema = "job"\nservice_principal = "{PRINCIPAL}"\n[scope]\nmembers = "transitive"\n',
        (
            'provisioning.toml:6: members = "transitive" cannot be: Entra\'s job counts direct members '
            "only, and would disable whom this enables."
        ),
    ),
    (
        "a filter beside a schema's own",
        (
            "version = 1\n"
            "[entra]\n"
            'schema = "job"\n'
            f'service_principal = "{PRINCIPAL}"\n'
            "[[scope.group]]\n"
            'clauses = [{attribute = "mail", operator = "IS NULL"}]\n'
        ),
        'provisioning.toml:5: the tenant\'s schema has its own filter: [[scope.group]] is for schema = "none".',
    ),
    (
        "a flag as a text",
        MINIMAL + '[scope]\nskip_out_of_scope_deletions = "no"\n',
        "provisioning.toml:10: skip_out_of_scope_deletions is a text, but has to be true or false, without quotes.",
    ),
    (
        "an unknown operator",
        MINIMAL + '[[scope.group]]\nclauses = [{ attribute = "mail", operator = "LIKE", value = "x" }]\n',
        "provisioning.toml:9: ",
    ),
    (
        "a group without clauses",
        MINIMAL + "[[scope.group]]\n",
        "provisioning.toml:9: ",
    ),
    (
        "an attribute that cannot be filtered",
        MINIMAL + '[[scope.group]]\nclauses = [{ attribute = "manager", operator = "IS NULL" }]\n',
        "provisioning.toml:9: ",
    ),
    (
        "no target",
        with_row(JOB_TITLE),
        "provisioning.toml:9: [[mapping]] needs a target, such as title.",
    ),
    (
        "a target that is no text",
        with_row("target = 1", JOB_TITLE),
        "provisioning.toml:10: target is a number, but has to be a text in quotes.",
    ),
    (
        "a target that Genesys lacks",
        with_row('target = "nickName"', JOB_TITLE),
        (
            "provisioning.toml:10: Genesys' SCIM has no nickName, so nickName leads nowhere: Genesys "
            "keeps one name, so map to displayName, "
        ),
    ),
    (
        "the copied path",
        with_row(
            'target = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User:customFields.X"',
            JOB_TITLE,
        ),
        "provisioning.toml:10: Genesys' SCIM has no custom fields, so ",
    ),
    (
        "a target that is read-only",
        with_row('target = "id"', JOB_TITLE),
        "provisioning.toml:10: id can only be read through Genesys' SCIM; ",
    ),
    (
        "nothing to write",
        with_row(TITLE),
        "provisioning.toml:9: title has neither an expression nor a default.",
    ),
    (
        "a wrong expression",
        with_row(TITLE, 'expression = "ToUper([jobTitle])"'),
        "provisioning.toml:11: the expression of title cannot be used: ",
    ),
    (
        "brackets that are open",
        with_row(TITLE, 'expression = "ToUpper([jobTitle]"'),
        "provisioning.toml:11: the expression of title cannot be used: ",
    ),
    (
        "an unknown attribute",
        with_row(TITLE, 'expression = "[jobtitle]"'),
        (
            "provisioning.toml:11: the expression of title cannot be used: The source attribute "
            "`jobtitle` cannot be read: names are case-sensitive, and `jobTitle` is the known one."
        ),
    ),
    (
        "a null policy",
        with_row(TITLE, JOB_TITLE, 'when_null = "delete"'),
        'provisioning.toml:12: when_null is "delete", but has to be one of "keep", "clear".',
    ),
    (
        "a flow",
        with_row(TITLE, JOB_TITLE, 'flow = "never"'),
        (
            'provisioning.toml:12: flow is "never", but has to be one of "always", "only_when_empty", '
            '"add_values", "on_create".'
        ),
    ),
    (
        "adding to one value",
        with_row(TITLE, JOB_TITLE, 'flow = "add_values"'),
        'provisioning.toml:12: title has one value, so nothing can be added to it: write flow = "always".',
    ),
    (
        "an override of nothing",
        with_row(TITLE, JOB_TITLE, "override = true"),
        "provisioning.toml:12: override counts only beside a tenant's schema; leave it out.",
    ),
    (
        "a match that is none",
        with_row(TITLE, JOB_TITLE, "match = 0"),
        "provisioning.toml:12: match has to be a whole number from 1 to 100.",
    ),
    (
        "a match that Genesys cannot search",
        with_row(TITLE, JOB_TITLE, "match = 2"),
        "provisioning.toml:9: title: It is used for matching, but Genesys cannot filter by it.",
    ),
    (
        "the same target twice",
        with_row('target = "USERNAME"', 'expression = "[mail]"'),
        "provisioning.toml:9: USERNAME is mapped already, at line 2: leave one of the two out.",
    ),
    (
        "chance",
        with_row(TITLE, 'expression = "Guid()"'),
        "provisioning.toml:9: title: Guid gives another value each time, ",
    ),
    (
        "a list for one value",
        with_row(TITLE, 'expression = "[proxyAddresses]"'),
        "provisioning.toml:9: title: It takes one value, and the expression gives a list: ",
    ),
    (
        "a custom attribute without a schema",
        MINIMAL + '[custom_attributes]\n"tier" = "[jobTitle]"\n',
        "provisioning.toml:10: custom:tier is no custom attribute: it has to be custom:<schema name>:<key>.",
    ),
    (
        "a custom attribute that is no text",
        MINIMAL + '[custom_attributes]\n"HR:tier" = 3\n',
        "provisioning.toml:10: HR:tier is a number, but has to be an expression in quotes.",
    ),
    (
        "a custom attribute without brackets",
        MINIMAL + '[custom_attributes]\n"HR:tier" = "jobTitle"\n',
        "provisioning.toml:10: the expression of HR:tier cannot be used: ",
    ),
    (
        "nobody can be found",
        'version = 1\n[[mapping]]\ntarget = "active"\nexpression = "Not([IsSoftDeleted])"\n',
        "provisioning.toml:1: no row has a match, so nobody can be found: write match = 1 into the one for userName.",
    ),
    (
        "app roles of no application",
        with_row('target = "roles"', 'expression = "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"'),
        "provisioning.toml:9: roles follows app roles, whose application service_principal in [entra] has to name.",
    ),
    (
        "a filter's value that is a list",
        MINIMAL + '[[scope.group]]\nclauses = [{ attribute = "mail", operator = "EQUALS", value = ["x"] }]\n',
        "provisioning.toml:10: value is a list, but has to be a text, a whole number, or true or false.",
    ),
    (
        "a dotted custom attribute",
        MINIMAL + '[custom_attributes]\nHR.tier = "[jobTitle]"\n',
        "provisioning.toml:10: HR is a table, but has to be an expression in quotes.",
    ),
    (
        "an empty expression",
        with_row(TITLE, 'expression = ""'),
        "provisioning.toml:11: the expression of title cannot be used: ",
    ),
)
