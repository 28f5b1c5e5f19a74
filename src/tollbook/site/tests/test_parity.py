"""What staff do on pages, programs do over the API: each page that acts names its routes, or stands here with why not."""

from tollbook.api.shell import build
from tollbook.identity.access import ANY_STAFF
from tollbook.site.roles import routes

#: The operations of the API that do what a page of staff does.
BY_API = {
    "catalog:act": {"describe_product", "archive_product", "restore_product", "describe_plan", "archive_plan",
                    "restore_plan"},
    "catalog:add-plan": {"add_plan"},
    "catalog:add-product": {"add_product"},
    "catalog:begin": {"begin_draft"},
    "catalog:draft-act": {"write_draft", "drop_draft", "add_price_book"},
    "catalog:draft-price": {"write_draft"},
    "charging:change": {"change_subscription", "end_subscription", "keep_subscription_on", "preview_change"},
    "charging:plan": {"change_plan"},
    "customers:change-feature": {"set_feature"},
    "customers:undo-feature": {"set_feature"},
    "invoicing:credit": {"credit_invoice"},
    "invoicing:debit": {"debit_invoice"},
    "metering:cancel-event": {"correct_usage"},
    "orders:accept": {"accept_order"},
    "orders:cancel": {"cancel_order"},
    "payments:dispute": {"add_dispute"},
    "payments:end": {"end_a_dispute"},
    "payments:expect": {"undo_a_write_off"},
    "payments:refund": {"refund_a_payment"},
    "payments:write-off": {"write_an_invoice_off"},
    "promotions:new": {"add_promotion"},
    "promotions:withdraw": {"withdraw_promotion"},
    "provisioning:again": {"retry_operation"},
    "provisioning:lift": {"resume_service"},
    "provisioning:operation-complete": {"complete_operation"},
    "provisioning:operation-fail": {"fail_operation"},
    "provisioning:operation-retry": {"retry_operation"},
    "provisioning:stop": {"stop_service"},
    "provisioning:terminate": {"terminate_service"},
    "simulation:override": {"override_limit"},
    "simulation:publish": {"simulate_plan_draft", "publish_draft"},
    "webhooks:add": {"add_brand_webhook"},
    "webhooks:pause": {"switch_webhook"},
    "webhooks:remove": {"switch_webhook"},
    "webhooks:replay": {"replay_webhook_delivery"},
    "webhooks:resume": {"switch_webhook"},
    "webhooks:rotate": {"rotate_webhook_secret"},
    "webhooks:secret": {"get_webhook_secret"},
    "webhooks:test": {"test_webhook"},
}  # fmt: skip
#: What people do and no key does: an eye of a person, secrets of other systems, or nothing that is kept.
BY_PEOPLE = {
    "catalog:draft-example",  # a draft that is written answers its prices in words, with warnings
    "customers:visit",  # looks as a person
    "gateway_stripe:do",  # secrets of an account
    "provisioning:connection-configure",  # secrets of another system
    "provisioning:connection-new",
    "provisioning:connection-retire",
    "provisioning:connection-test",
    "web:decide",  # a second person
    "web:grant",
    "mails:text-test",
}
#: Not yet; the list only becomes shorter.
NOT_YET = {
    "customers:publish-terms",
    "dunning:dispute", "dunning:exempt", "dunning:lift", "dunning:promise",
    "gateway_manual:assign", "gateway_manual:do", "gateway_manual:ignore",
    "mails:again", "mails:text-forget", "mails:text-write",
    "orders:offer",
    "payments:accept", "payments:allocate", "payments:ask", "payments:confirm", "payments:dismiss", "payments:fail",
    "payments:undo",
    "payments:deposit-forfeit", "payments:deposit-give-back", "payments:deposit-reject", "payments:deposit-reopen",
    "payments:deposit-verify", "payments:proforma-withdraw",
    "provisioning:connection-deliver", "provisioning:mended",
}  # fmt: skip


def test_each_page_of_staff_that_acts_has_its_routes_or_a_reason() -> None:
    acting = {route.name for route in routes("staff") if set(route.allowed) != set(ANY_STAFF)}
    assert acting == BY_API.keys() | BY_PEOPLE | NOT_YET
    assert not BY_API.keys() & (BY_PEOPLE | NOT_YET)


def test_the_routes_are_there() -> None:
    known = set(build().policies())
    assert {name for names in BY_API.values() for name in names} <= known
