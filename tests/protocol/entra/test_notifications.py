"""What reaches the webhook, and when?"""

from __future__ import annotations

from infra.local.entra.population import agent_id
from infra.local.entra.tokens import TENANT_ID
from tests.protocol.entra.conftest import World

ADA = agent_id(1)


async def test_an_edit_arrives_as_updated_with_ids_and_nothing_of_the_person(world: World):
    subscription = await world.subscribe("users")

    await world.admin.patch(f"/users/{ADA}", json={"accountEnabled": False, "jobTitle": "Former agent"})

    (item,) = await world.webhook.told(1)
    assert item["subscriptionId"] == subscription["id"]
    assert item["clientState"] == "s3cret"
    assert item["changeType"] == "updated"
    assert item["resource"] == f"Users/{ADA}"
    assert item["tenantId"] == TENANT_ID
    assert item["subscriptionExpirationDateTime"].endswith("+00:00")
    assert (
        item["resourceData"].items()
        >= {
            "@odata.type": "#Microsoft.Graph.User",
            "@odata.id": f"Users/{ADA}",
            "id": ADA,
            "organizationId": TENANT_ID,
        }.items()
    )
    assert "Former" not in str(item)
