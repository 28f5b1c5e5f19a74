"""Features over the API: they lie below customers, so their routes stand here, where scopes can be looked up."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Instant, example, one_of, text
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.brands.models import Brand
from tollbook.customers.features import scope_of
from tollbook.customers.models import Customer, CustomerGroup
from tollbook.customers.queries import by_public_id
from tollbook.features.actions import set_value
from tollbook.features.queries import EVERYWHERE, Effective, Scope, values
from tollbook.features.registry import Level
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import NotFound

routes = Routes("Features")
_EXAMPLE = {
    "key": "portal.show_wallet",
    "title": "Show the wallet",
    "help": "Whether people of the customer see the wallet pages.",
    "type": "boolean",
    "schema": {"type": "boolean"},
    "levels": ["installation", "brand", "group", "customer"],
    "default": True,
    "value": False,
    "set_at": "brand",
}


class FeatureOut(BaseModel):
    """A feature and the value that counts."""

    model_config = example(_EXAMPLE)
    key: str = Field(description="Its name.")
    title: str = Field(description="What people read.")
    help: str = Field(description="What it does.")
    type: str = Field(description="boolean, integer, decimal, choice, text or money.")
    schema_: dict[str, Any] = Field(serialization_alias="schema", description="JSON schema of a value.")
    levels: list[str] = Field(description="Where it can be set; the nearest to the customer counts.")
    default: Any = Field(description="What counts where it is set nowhere.")
    value: Any = Field(description="What counts.")
    set_at: str | None = Field(description="The level that the value comes from; null: the default.")


class FeatureList(BaseModel):
    """Every feature."""

    model_config = example({"data": [_EXAMPLE]})
    data: list[FeatureOut] = Field(description="The features, by key.")


class ValueIn(Body):
    """A value to set."""

    model_config = example({"value": False, "scope": "brand", "scope_id": "brd_aaaaaaaaaaaaaaaaaaaaaaaa"})
    value: Any = Field(description="The value; null takes the setting back, and the level above counts again.")
    scope: Annotated[str, one_of(*Level)] = Field(description="Where it is set.")
    scope_id: Annotated[str, text(40, required=False)] = Field(
        "", description="Id of the brand, customer group or customer; left out for the installation."
    )
    valid_from: Instant | None = Field(None, description="From when it counts; now, if left out. Never in the past.")


class ValueOut(BaseModel):
    """A value as it was set."""

    model_config = example(
        {
            "key": "portal.show_wallet",
            "value": False,
            "scope": "brand",
            "scope_id": "brd_aaaaaaaaaaaaaaaaaaaaaaaa",
            "valid_from": "2026-05-01T08:00:00Z",
        }
    )
    key: str = Field(description="The feature.")
    value: Any = Field(description="Its value; null: taken back.")
    scope: str = Field(description="Where it is set.")
    scope_id: str = Field(description="For whom; empty for the installation.")
    valid_from: datetime = Field(description="From when it counts.")


def _out(found: Effective) -> FeatureOut:
    feature = found.feature
    return FeatureOut(
        key=feature.key,
        title=feature.title,
        help=feature.help,
        type=feature.type.name,
        schema_=feature.type.schema(),
        levels=list(feature.levels),
        default=feature.type.write(feature.default),
        value=found.data(),
        set_at=found.level,
    )


@routes.reads("/features", "features:read", answer=FeatureList, roles=(), by_alias=True)
def list_features(request: ApiRequest, customer: str = "", brand: str = "") -> FeatureList:
    """Every feature, with the value that counts for a customer, for a brand, or (neither named) for the
    installation.
    """
    scope = EVERYWHERE
    if customer:
        scope = scope_of(by_public_id(customer))
    elif brand:
        scope = Scope(brand=_known(Level.BRAND, brand)[0])
    return FeatureList(data=[_out(found) for found in values(scope)])


@routes.replaces("/features/{key}", "features:write", answer=ValueOut, roles=(StaffRole.ADMINISTRATOR,))
def set_feature(request: ApiRequest, key: str, setting: ValueIn) -> ValueOut:
    """Set a feature from an instant on.

    Refused with `feature_value_wrong`, `feature_level_wrong`, `scope_id_wrong` or `in_the_past`; what was in
    force until now stays in the history.
    """
    level = Level(setting.scope)
    scope_id, customer_id = _known(level, setting.scope_id) if setting.scope_id else ("", None)
    row = set_value(
        key,
        setting.value,
        level=level,
        scope_id=scope_id,
        valid_from=setting.valid_from,
        actor=request.principal.actor,
        door="api",
        customer_id=customer_id,
    )
    return ValueOut(key=row.key, value=row.value, scope=row.scope, scope_id=row.scope_id, valid_from=row.valid_from)


def _known(level: Level, public_id: str) -> tuple[str, int | None]:
    """The id, and the customer's row id where it is one; NotFound "scope_not_found"."""
    models = {Level.BRAND: Brand, Level.GROUP: CustomerGroup, Level.CUSTOMER: Customer}
    model = models.get(level)
    if model is None:
        return public_id, None
    found = model._default_manager.filter(public_id=public_id).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("scope_not_found", f"there is no {level} {public_id}", param="scope_id")
    return public_id, found if level is Level.CUSTOMER else None
