from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.recorded_out import RecordedOut
from ...models.usage_batch import UsageBatch
from ...models.usage_cloud_event import UsageCloudEvent
from ...models.usage_event import UsageEvent
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: UsageBatch | UsageEvent | UsageCloudEvent | list[UsageCloudEvent] | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_request_id, Unset):
        headers["X-Request-Id"] = x_request_id

    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/usage",
    }

    if isinstance(body, UsageBatch | UsageEvent):
        if isinstance(body, UsageEvent):
            _kwargs["json"] = body.to_dict()
        else:
            _kwargs["json"] = body.to_dict()

        headers["Content-Type"] = "application/json"
    if isinstance(body, UsageCloudEvent):
        _kwargs["json"] = body.to_dict()

        headers["Content-Type"] = "application/cloudevents+json"
    if isinstance(body, list):
        _kwargs["json"] = []
        for componentsschemas_usage_cloud_events_item_data in body:
            componentsschemas_usage_cloud_events_item = componentsschemas_usage_cloud_events_item_data.to_dict()
            _kwargs["json"].append(componentsschemas_usage_cloud_events_item)

        headers["Content-Type"] = "application/cloudevents-batch+json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Error | RecordedOut | None:
    if response.status_code == 200:
        response_200 = RecordedOut.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Error.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Error.from_dict(response.json())

        return response_404

    if response.status_code == 405:
        response_405 = Error.from_dict(response.json())

        return response_405

    if response.status_code == 409:
        response_409 = Error.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Error.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Error.from_dict(response.json())

        return response_415

    if response.status_code == 422:
        response_422 = Error.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Error.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    if response.status_code == 502:
        response_502 = Error.from_dict(response.json())

        return response_502

    if response.status_code == 503:
        response_503 = Error.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Error | RecordedOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: UsageBatch | UsageEvent | UsageCloudEvent | list[UsageCloudEvent] | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Response[Error | RecordedOut]:
    """Send one usage event, or a batch of up to 1,000

     Invalid data refuse the whole batch, with every problem told; a repeated event is counted once; one
    that contradicts
        an earlier event of the same id is reported as a conflict and counted nowhere. What would go
    above the limit of its
        price is refused (`limit_reached`) and not stored; the other events of a batch are taken. Events
    name themselves, so
        an Idempotency-Key is not needed here.

        CloudEvents 1.0 are taken too, one (`application/cloudevents+json`) or a batch of up to 1,000
        (`application/cloudevents-batch+json`): `type` is the meter's code, `subject` the customer,
    `data.quantity`
        how much.

    Needs the scope `usage:write`.

    Args:
        x_request_id (str | Unset):
        idempotency_key (str | Unset):
        body (UsageBatch | UsageEvent):
        body (UsageCloudEvent): A usage event as a CloudEvent. Attributes of extensions are taken
            and not stored.
        body (list[UsageCloudEvent]): Up to 1,000 CloudEvents: stored all, or none if one of them
            is wrong.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | RecordedOut]
    """

    kwargs = _get_kwargs(
        body=body,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: UsageBatch | UsageEvent | UsageCloudEvent | list[UsageCloudEvent] | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Error | RecordedOut | None:
    """Send one usage event, or a batch of up to 1,000

     Invalid data refuse the whole batch, with every problem told; a repeated event is counted once; one
    that contradicts
        an earlier event of the same id is reported as a conflict and counted nowhere. What would go
    above the limit of its
        price is refused (`limit_reached`) and not stored; the other events of a batch are taken. Events
    name themselves, so
        an Idempotency-Key is not needed here.

        CloudEvents 1.0 are taken too, one (`application/cloudevents+json`) or a batch of up to 1,000
        (`application/cloudevents-batch+json`): `type` is the meter's code, `subject` the customer,
    `data.quantity`
        how much.

    Needs the scope `usage:write`.

    Args:
        x_request_id (str | Unset):
        idempotency_key (str | Unset):
        body (UsageBatch | UsageEvent):
        body (UsageCloudEvent): A usage event as a CloudEvent. Attributes of extensions are taken
            and not stored.
        body (list[UsageCloudEvent]): Up to 1,000 CloudEvents: stored all, or none if one of them
            is wrong.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | RecordedOut
    """

    return sync_detailed(
        client=client,
        body=body,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: UsageBatch | UsageEvent | UsageCloudEvent | list[UsageCloudEvent] | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Response[Error | RecordedOut]:
    """Send one usage event, or a batch of up to 1,000

     Invalid data refuse the whole batch, with every problem told; a repeated event is counted once; one
    that contradicts
        an earlier event of the same id is reported as a conflict and counted nowhere. What would go
    above the limit of its
        price is refused (`limit_reached`) and not stored; the other events of a batch are taken. Events
    name themselves, so
        an Idempotency-Key is not needed here.

        CloudEvents 1.0 are taken too, one (`application/cloudevents+json`) or a batch of up to 1,000
        (`application/cloudevents-batch+json`): `type` is the meter's code, `subject` the customer,
    `data.quantity`
        how much.

    Needs the scope `usage:write`.

    Args:
        x_request_id (str | Unset):
        idempotency_key (str | Unset):
        body (UsageBatch | UsageEvent):
        body (UsageCloudEvent): A usage event as a CloudEvent. Attributes of extensions are taken
            and not stored.
        body (list[UsageCloudEvent]): Up to 1,000 CloudEvents: stored all, or none if one of them
            is wrong.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | RecordedOut]
    """

    kwargs = _get_kwargs(
        body=body,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: UsageBatch | UsageEvent | UsageCloudEvent | list[UsageCloudEvent] | Unset = UNSET,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Error | RecordedOut | None:
    """Send one usage event, or a batch of up to 1,000

     Invalid data refuse the whole batch, with every problem told; a repeated event is counted once; one
    that contradicts
        an earlier event of the same id is reported as a conflict and counted nowhere. What would go
    above the limit of its
        price is refused (`limit_reached`) and not stored; the other events of a batch are taken. Events
    name themselves, so
        an Idempotency-Key is not needed here.

        CloudEvents 1.0 are taken too, one (`application/cloudevents+json`) or a batch of up to 1,000
        (`application/cloudevents-batch+json`): `type` is the meter's code, `subject` the customer,
    `data.quantity`
        how much.

    Needs the scope `usage:write`.

    Args:
        x_request_id (str | Unset):
        idempotency_key (str | Unset):
        body (UsageBatch | UsageEvent):
        body (UsageCloudEvent): A usage event as a CloudEvent. Attributes of extensions are taken
            and not stored.
        body (list[UsageCloudEvent]): Up to 1,000 CloudEvents: stored all, or none if one of them
            is wrong.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | RecordedOut
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            x_request_id=x_request_id,
            idempotency_key=idempotency_key,
        )
    ).parsed
