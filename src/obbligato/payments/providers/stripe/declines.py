"""What Stripe's words of refusal mean for what may be tried next, and the one sentence a buyer gets for each class.

No sentence tells a stolen card from an empty one: who tries out a list of cards would learn from it.
Sources: https://docs.stripe.com/declines/codes, https://docs.stripe.com/error-codes.
"""

from stripe import StripeError

from obbligato.kernel.sentences import Sentence
from obbligato.payments.contract import Decline, Fact
from obbligato.payments.models import Attempt

WORDS = {
    Decline.HARD: """
        account_closed bank_account_declined bank_account_restricted bank_account_unusable
        debit_not_authorized do_not_try_again fraudulent highest_risk_level invalid_account lost_card
        merchant_blacklist no_account payment_method_bank_account_blocked pickup_card previously_declined_do_not_retry
        restricted_card revocation_of_all_authorizations revocation_of_authorization security_violation stolen_card
        stop_payment_order""",
    Decline.BUYER_FIX: """
        account_number_invalid approve_with_id authentication_failure authentication_not_handled
        authentication_required call_issuer card_decline_rate_limit_exceeded card_declined card_not_supported
        card_velocity_exceeded charge_exceeds_source_limit currency_not_supported do_not_honor expired_card
        expired_payment_method generic_decline incorrect_address incorrect_cvc incorrect_number incorrect_pin
        incorrect_postal_code incorrect_zip insufficient_funds invalid_amount invalid_card_type invalid_cvc
        invalid_expiry_month invalid_expiry_year invalid_number invalid_pin
        mobile_device_authentication_required new_account_information_available no_action_taken not_permitted
        offline_pin_required online_or_offline_pin_required payment_intent_action_required
        payment_intent_authentication_failure payment_intent_incompatible_payment_method
        payment_intent_payment_attempt_expired payment_method_billing_details_address_missing
        payment_method_currency_mismatch payment_method_customer_decline payment_method_provider_decline
        pin_try_exceeded postal_code_invalid refer_to_customer sepa_unsupported_account service_not_allowed
        testmode_decline transaction_not_allowed withdrawal_count_limit_exceeded""",
    Decline.TECHNICAL: """
        issuer_not_available lock_timeout payment_intent_payment_attempt_failed payment_intent_rate_limit_exceeded
        payment_method_not_available payment_method_provider_timeout processing_error rate_limit
        reenter_transaction try_again_later""",
    Decline.MERCHANT: """
        account_invalid api_key_expired capability_not_active livemode_mismatch not_allowed_on_standard_account
        payment_method_unactivated platform_account_required platform_api_key_expired secret_key_required
        testmode_charges_only tls_version_unsupported action_blocked account_country_invalid_address""",
    Decline.DUPLICATE: "duplicate_transaction idempotency_key_in_use resource_already_exists",
}
TABLE = {word: decline for decline, words in WORDS.items() for word in words.split()}
TOO_MUCH_OR_LITTLE = {"amount_too_large", "amount_too_small", "charge_exceeds_transaction_limit"}
STATUSES = {401: Decline.MERCHANT, 403: Decline.MERCHANT, 409: Decline.DUPLICATE, 429: Decline.TECHNICAL}
"""What a status says by itself, whatever the words beside it."""
SENTENCES = {
    Decline.HARD: Sentence("The bank did not accept this. Please pay another way."),
    Decline.BUYER_FIX: Sentence("The bank did not accept this. Please check what you typed, or pay another way."),
    Decline.TECHNICAL: Sentence("The payment company had trouble. Please try again in a moment."),
    Decline.MERCHANT: Sentence("This way of paying is closed at the moment."),
    Decline.DUPLICATE: Sentence("The payment company is still busy with this payment."),
    Decline.UNMAPPED: Sentence("The payment company did not accept this. Please pay another way."),
}


def class_of(code: str, decline_code: str = "") -> Decline:
    """The class of an error's code, and of the bank's own word beside it, which says more where it is known."""
    return TABLE.get(decline_code) or TABLE.get(code) or Decline.UNMAPPED


def sentence_of(code: str, decline_code: str = "") -> str:
    """What a buyer is told of it."""
    return SENTENCES[class_of(code, decline_code)]


def fact_of(no: StripeError) -> Fact:
    """What it means that Stripe refused to begin a payment: nothing was charged."""
    code, decline_code = words_of(no)
    if code in TOO_MUCH_OR_LITTLE:
        return Fact(
            Attempt.State.NOT_SENT, reason=Sentence("It does not carry such an amount."), decline=Decline.UNMAPPED
        )
    by_status = STATUSES.get(no.http_status or 0)
    if no.error is not None and getattr(no.error, "type", "") == "idempotency_error":
        by_status = Decline.DUPLICATE
    decline = by_status or class_of(code, decline_code)
    return Fact(Attempt.State.DECLINED, reason=SENTENCES[decline], decline=decline)


def is_missing(no: StripeError) -> bool:
    """Whether Stripe knows no such thing."""
    return words_of(no)[0] == "resource_missing" or no.http_status == 404


def words_of(no: StripeError) -> tuple[str, str]:
    """An error's code and the bank's word, each empty where there is none."""
    found = (getattr(no.error, name, None) for name in ("code", "decline_code"))
    code, decline_code = (one if isinstance(one, str) else "" for one in found)
    return code, decline_code
