"""Contains all the data models used in inputs/outputs"""

from .auto_top_up_in import AutoTopUpIn
from .auto_top_up_out import AutoTopUpOut
from .book_in import BookIn
from .book_out import BookOut
from .budget_in import BudgetIn
from .budget_out import BudgetOut
from .burn_out import BurnOut
from .by_hand_in import ByHandIn
from .capture_in import CaptureIn
from .change_in import ChangeIn
from .check_out import CheckOut
from .code_in import CodeIn
from .collect_in import CollectIn
from .collect_out import CollectOut
from .coming_out import ComingOut
from .corrected_out import CorrectedOut
from .correction_result_out import CorrectionResultOut
from .credit_line_in import CreditLineIn
from .credit_note_in import CreditNoteIn
from .customer_in import CustomerIn
from .customer_in_billing_plan_type_0 import CustomerInBillingPlanType0
from .customer_in_contract_type import CustomerInContractType
from .customer_in_kind import CustomerInKind
from .customer_out import CustomerOut
from .debit_note_in import DebitNoteIn
from .delivery_out import DeliveryOut
from .deposit_out import DepositOut
from .deposit_payment_out import DepositPaymentOut
from .describe_in import DescribeIn
from .dispute_end_in import DisputeEndIn
from .dispute_end_in_outcome import DisputeEndInOutcome
from .dispute_in import DisputeIn
from .dispute_out import DisputeOut
from .draft_in import DraftIn
from .draft_in_scope import DraftInScope
from .draft_out import DraftOut
from .draft_price_in import DraftPriceIn
from .draft_price_in_kind import DraftPriceInKind
from .draft_price_in_match import DraftPriceInMatch
from .draft_price_in_mode import DraftPriceInMode
from .draft_price_in_terms import DraftPriceInTerms
from .draft_price_out import DraftPriceOut
from .draft_price_out_match import DraftPriceOutMatch
from .draft_price_out_terms import DraftPriceOutTerms
from .due_out import DueOut
from .end_in import EndIn
from .entry_out import EntryOut
from .error import Error
from .error_details import ErrorDetails
from .error_problem import ErrorProblem
from .event_kind_out import EventKindOut
from .event_kind_out_payload_example import EventKindOutPayloadExample
from .event_kind_out_payload_schema import EventKindOutPayloadSchema
from .explanation import Explanation
from .feature_list import FeatureList
from .feature_out import FeatureOut
from .feature_out_schema import FeatureOutSchema
from .forecast_out import ForecastOut
from .funds_in import FundsIn
from .go_in import GoIn
from .grant_plan_in import GrantPlanIn
from .grant_plan_in_unit import GrantPlanInUnit
from .grant_plan_out import GrantPlanOut
from .grant_plan_stop_in import GrantPlanStopIn
from .hold_in import HoldIn
from .hold_out import HoldOut
from .hold_result_out import HoldResultOut
from .holds_in import HoldsIn
from .holds_out import HoldsOut
from .hour_out import HourOut
from .hour_out_dimensions import HourOutDimensions
from .invoice_full_out import InvoiceFullOut
from .invoice_out import InvoiceOut
from .item_out import ItemOut
from .keep_on_in import KeepOnIn
from .key_in import KeyIn
from .key_out import KeyOut
from .level_in import LevelIn
from .level_in_at_zero import LevelInAtZero
from .level_out import LevelOut
from .limit_out import LimitOut
from .limits_out import LimitsOut
from .line_in import LineIn
from .line_in_options import LineInOptions
from .line_out import LineOut
from .meter_out import MeterOut
from .method_out import MethodOut
from .money_out import MoneyOut
from .movement_out import MovementOut
from .new_key_out import NewKeyOut
from .new_project import NewProject
from .notice_out import NoticeOut
from .operation_out import OperationOut
from .order_in import OrderIn
from .order_line_out import OrderLineOut
from .order_line_out_options import OrderLineOutOptions
from .order_out import OrderOut
from .override_in import OverrideIn
from .page_book_out import PageBookOut
from .page_customer_out import PageCustomerOut
from .page_delivery_out import PageDeliveryOut
from .page_deposit_out import PageDepositOut
from .page_grant_plan_out import PageGrantPlanOut
from .page_hold_out import PageHoldOut
from .page_hour_out import PageHourOut
from .page_invoice_out import PageInvoiceOut
from .page_key_out import PageKeyOut
from .page_line_out import PageLineOut
from .page_meter_out import PageMeterOut
from .page_method_out import PageMethodOut
from .page_movement_out import PageMovementOut
from .page_notice_out import PageNoticeOut
from .page_operation_out import PageOperationOut
from .page_order_out import PageOrderOut
from .page_payment_out import PagePaymentOut
from .page_plan_change_out import PagePlanChangeOut
from .page_plan_out import PagePlanOut
from .page_price_out import PagePriceOut
from .page_product_out import PageProductOut
from .page_proforma_out import PageProformaOut
from .page_promotion_out import PagePromotionOut
from .page_rate_out import PageRateOut
from .page_refund_out import PageRefundOut
from .page_service_out import PageServiceOut
from .page_simulation_out import PageSimulationOut
from .page_step_out import PageStepOut
from .page_subscription_out import PageSubscriptionOut
from .page_wallet_out import PageWalletOut
from .pay_deposit_in import PayDepositIn
from .pay_in import PayIn
from .pay_proforma_in import PayProformaIn
from .payment_out import PaymentOut
from .phase_out import PhaseOut
from .plan_change_in import PlanChangeIn
from .plan_change_in_becomes import PlanChangeInBecomes
from .plan_change_out import PlanChangeOut
from .plan_in import PlanIn
from .plan_out import PlanOut
from .preview_line_out import PreviewLineOut
from .preview_out import PreviewOut
from .price_out import PriceOut
from .price_out_match import PriceOutMatch
from .price_out_terms import PriceOutTerms
from .product_in import ProductIn
from .product_out import ProductOut
from .profile import Profile
from .proforma_out import ProformaOut
from .proforma_payment_out import ProformaPaymentOut
from .promotion_in import PromotionIn
from .promotion_in_audience import PromotionInAudience
from .promotion_in_kind import PromotionInKind
from .promotion_in_scope import PromotionInScope
from .promotion_in_stacks import PromotionInStacks
from .promotion_out import PromotionOut
from .publish_in import PublishIn
from .rate_in import RateIn
from .rate_out import RateOut
from .reason_in import ReasonIn
from .recorded_out import RecordedOut
from .redemption_out import RedemptionOut
from .refund_in import RefundIn
from .refund_out import RefundOut
from .release_in import ReleaseIn
from .remove_in import RemoveIn
from .replay_in import ReplayIn
from .replayed_out import ReplayedOut
from .result_out import ResultOut
from .retry_in import RetryIn
from .revision_in import RevisionIn
from .secret_out import SecretOut
from .service_out import ServiceOut
from .setup_in import SetupIn
from .setup_out import SetupOut
from .simulation_in import SimulationIn
from .simulation_out import SimulationOut
from .simulation_out_totals_item import SimulationOutTotalsItem
from .spend_alert_in import SpendAlertIn
from .spend_alert_out import SpendAlertOut
from .statement_out import StatementOut
from .step_out import StepOut
from .stop_in import StopIn
from .stop_in_reason_type_0 import StopInReasonType0
from .subscription_in import SubscriptionIn
from .subscription_in_alignment import SubscriptionInAlignment
from .subscription_out import SubscriptionOut
from .tax_out import TaxOut
from .tax_part_out import TaxPartOut
from .terminate_in import TerminateIn
from .told_out import ToldOut
from .top_up_in import TopUpIn
from .try_out import TryOut
from .unpaid_out import UnpaidOut
from .usage_batch import UsageBatch
from .usage_capture_in import UsageCaptureIn
from .usage_cloud_event import UsageCloudEvent
from .usage_cloud_event_data import UsageCloudEventData
from .usage_cloud_event_datacontenttype import UsageCloudEventDatacontenttype
from .usage_cloud_event_specversion import UsageCloudEventSpecversion
from .usage_correction import UsageCorrection
from .usage_corrections import UsageCorrections
from .usage_dimensions import UsageDimensions
from .usage_event import UsageEvent
from .usage_hold_in import UsageHoldIn
from .usage_hold_in_dimensions import UsageHoldInDimensions
from .usage_hold_out import UsageHoldOut
from .usage_release_in import UsageReleaseIn
from .usage_replacement import UsageReplacement
from .value_in import ValueIn
from .value_in_scope import ValueInScope
from .value_out import ValueOut
from .version_out import VersionOut
from .wallet_out import WalletOut
from .webhook_in import WebhookIn
from .webhook_out import WebhookOut
from .webhook_state_in import WebhookStateIn
from .webhook_state_in_state import WebhookStateInState
from .withdraw_in import WithdrawIn
from .write_off_in import WriteOffIn
from .write_off_out import WriteOffOut

__all__ = (
    "AutoTopUpIn",
    "AutoTopUpOut",
    "BookIn",
    "BookOut",
    "BudgetIn",
    "BudgetOut",
    "BurnOut",
    "ByHandIn",
    "CaptureIn",
    "ChangeIn",
    "CheckOut",
    "CodeIn",
    "CollectIn",
    "CollectOut",
    "ComingOut",
    "CorrectedOut",
    "CorrectionResultOut",
    "CreditLineIn",
    "CreditNoteIn",
    "CustomerIn",
    "CustomerInBillingPlanType0",
    "CustomerInContractType",
    "CustomerInKind",
    "CustomerOut",
    "DebitNoteIn",
    "DeliveryOut",
    "DepositOut",
    "DepositPaymentOut",
    "DescribeIn",
    "DisputeEndIn",
    "DisputeEndInOutcome",
    "DisputeIn",
    "DisputeOut",
    "DraftIn",
    "DraftInScope",
    "DraftOut",
    "DraftPriceIn",
    "DraftPriceInKind",
    "DraftPriceInMatch",
    "DraftPriceInMode",
    "DraftPriceInTerms",
    "DraftPriceOut",
    "DraftPriceOutMatch",
    "DraftPriceOutTerms",
    "DueOut",
    "EndIn",
    "EntryOut",
    "Error",
    "ErrorDetails",
    "ErrorProblem",
    "EventKindOut",
    "EventKindOutPayloadExample",
    "EventKindOutPayloadSchema",
    "Explanation",
    "FeatureList",
    "FeatureOut",
    "FeatureOutSchema",
    "ForecastOut",
    "FundsIn",
    "GoIn",
    "GrantPlanIn",
    "GrantPlanInUnit",
    "GrantPlanOut",
    "GrantPlanStopIn",
    "HoldIn",
    "HoldOut",
    "HoldResultOut",
    "HoldsIn",
    "HoldsOut",
    "HourOut",
    "HourOutDimensions",
    "InvoiceFullOut",
    "InvoiceOut",
    "ItemOut",
    "KeepOnIn",
    "KeyIn",
    "KeyOut",
    "LevelIn",
    "LevelInAtZero",
    "LevelOut",
    "LimitOut",
    "LimitsOut",
    "LineIn",
    "LineInOptions",
    "LineOut",
    "MeterOut",
    "MethodOut",
    "MoneyOut",
    "MovementOut",
    "NewKeyOut",
    "NewProject",
    "NoticeOut",
    "OperationOut",
    "OrderIn",
    "OrderLineOut",
    "OrderLineOutOptions",
    "OrderOut",
    "OverrideIn",
    "PageBookOut",
    "PageCustomerOut",
    "PageDeliveryOut",
    "PageDepositOut",
    "PageGrantPlanOut",
    "PageHoldOut",
    "PageHourOut",
    "PageInvoiceOut",
    "PageKeyOut",
    "PageLineOut",
    "PageMeterOut",
    "PageMethodOut",
    "PageMovementOut",
    "PageNoticeOut",
    "PageOperationOut",
    "PageOrderOut",
    "PagePaymentOut",
    "PagePlanChangeOut",
    "PagePlanOut",
    "PagePriceOut",
    "PageProductOut",
    "PageProformaOut",
    "PagePromotionOut",
    "PageRateOut",
    "PageRefundOut",
    "PageServiceOut",
    "PageSimulationOut",
    "PageStepOut",
    "PageSubscriptionOut",
    "PageWalletOut",
    "PayDepositIn",
    "PayIn",
    "PaymentOut",
    "PayProformaIn",
    "PhaseOut",
    "PlanChangeIn",
    "PlanChangeInBecomes",
    "PlanChangeOut",
    "PlanIn",
    "PlanOut",
    "PreviewLineOut",
    "PreviewOut",
    "PriceOut",
    "PriceOutMatch",
    "PriceOutTerms",
    "ProductIn",
    "ProductOut",
    "Profile",
    "ProformaOut",
    "ProformaPaymentOut",
    "PromotionIn",
    "PromotionInAudience",
    "PromotionInKind",
    "PromotionInScope",
    "PromotionInStacks",
    "PromotionOut",
    "PublishIn",
    "RateIn",
    "RateOut",
    "ReasonIn",
    "RecordedOut",
    "RedemptionOut",
    "RefundIn",
    "RefundOut",
    "ReleaseIn",
    "RemoveIn",
    "ReplayedOut",
    "ReplayIn",
    "ResultOut",
    "RetryIn",
    "RevisionIn",
    "SecretOut",
    "ServiceOut",
    "SetupIn",
    "SetupOut",
    "SimulationIn",
    "SimulationOut",
    "SimulationOutTotalsItem",
    "SpendAlertIn",
    "SpendAlertOut",
    "StatementOut",
    "StepOut",
    "StopIn",
    "StopInReasonType0",
    "SubscriptionIn",
    "SubscriptionInAlignment",
    "SubscriptionOut",
    "TaxOut",
    "TaxPartOut",
    "TerminateIn",
    "ToldOut",
    "TopUpIn",
    "TryOut",
    "UnpaidOut",
    "UsageBatch",
    "UsageCaptureIn",
    "UsageCloudEvent",
    "UsageCloudEventData",
    "UsageCloudEventDatacontenttype",
    "UsageCloudEventSpecversion",
    "UsageCorrection",
    "UsageCorrections",
    "UsageDimensions",
    "UsageEvent",
    "UsageHoldIn",
    "UsageHoldInDimensions",
    "UsageHoldOut",
    "UsageReleaseIn",
    "UsageReplacement",
    "ValueIn",
    "ValueInScope",
    "ValueOut",
    "VersionOut",
    "WalletOut",
    "WebhookIn",
    "WebhookOut",
    "WebhookStateIn",
    "WebhookStateInState",
    "WithdrawIn",
    "WriteOffIn",
    "WriteOffOut",
)
