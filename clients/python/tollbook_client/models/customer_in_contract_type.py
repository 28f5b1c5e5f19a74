from typing import Literal

CustomerInContractType = Literal["fixed", "pay_as_you_go"]

CUSTOMER_IN_CONTRACT_TYPE_VALUES: set[CustomerInContractType] = {
    "fixed",
    "pay_as_you_go",
}


def check_customer_in_contract_type(value: str) -> CustomerInContractType:
    if value in CUSTOMER_IN_CONTRACT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CUSTOMER_IN_CONTRACT_TYPE_VALUES!r}")
