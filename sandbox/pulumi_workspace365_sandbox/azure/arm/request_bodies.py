"""Strict validation of request bodies: an unknown field or a wrong type is a validation error (api-version 2024-05-01)."""

# ruff: noqa: N815  the names are those on the wire

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Protocol = Literal["http", "https", "ws", "wss"]
DisplayName = Annotated[str, Field(min_length=1, max_length=300)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class KeyNames(Body):
    header: str | None = None
    query: str | None = None


class Api(Body):
    displayName: DisplayName | None = None
    path: Annotated[str, Field(max_length=400)]
    type: Literal["http", "soap", "websocket", "graphql", "odata", "grpc"] | None = None
    apiType: Literal["http", "soap", "websocket", "graphql", "odata", "grpc"] | None = None
    serviceUrl: Annotated[str, Field(max_length=2000)] | None = None
    protocols: list[Protocol] | None = None
    description: str | None = None
    subscriptionRequired: bool | None = None
    subscriptionKeyParameterNames: KeyNames | None = None
    apiRevision: Annotated[str, Field(max_length=100)] | None = None
    apiRevisionDescription: Annotated[str, Field(max_length=256)] | None = None
    apiVersion: Annotated[str, Field(max_length=100)] | None = None
    apiVersionDescription: Annotated[str, Field(max_length=256)] | None = None
    apiVersionSetId: str | None = None
    apiVersionSet: dict[str, Any] | None = None
    isCurrent: bool | None = None
    sourceApiId: str | None = None
    authenticationSettings: dict[str, Any] | None = None
    contact: dict[str, str] | None = None
    license: dict[str, str] | None = None
    termsOfServiceUrl: str | None = None
    format: str | None = None
    value: str | None = None
    wsdlSelector: dict[str, Any] | None = None
    translateRequiredQueryParameters: str | None = None


class Policy(Body):
    value: str
    format: Literal["xml", "rawxml", "xml-link", "rawxml-link"] = "xml"


class Fragment(Body):
    value: str
    format: Literal["xml", "rawxml"] = "xml"
    description: Annotated[str, Field(max_length=1000)] | None = None


class Product(Body):
    displayName: DisplayName
    description: Annotated[str, Field(max_length=1000)] | None = None
    terms: str | None = None
    subscriptionRequired: bool | None = None
    approvalRequired: bool | None = None
    subscriptionsLimit: int | None = None
    state: Literal["notPublished", "published"] | None = None


class ApiLink(Body):
    apiId: str


class Association(Body):
    provisioningState: Literal["created"] | None = None


class Tag(Body):
    displayName: Annotated[str, Field(min_length=1, max_length=160)]


class Nothing(Body):
    """A PUT that says by its path alone what it does."""


class Location(Body):
    name: Annotated[str, Field(max_length=256)]
    city: str | None = None
    district: str | None = None
    countryOrRegion: str | None = None


class Gateway(Body):
    description: Annotated[str, Field(max_length=1000)] | None = None
    locationData: Location | None = None


class KeyVault(Body):
    secretIdentifier: str | None = None
    identityClientId: str | None = None


class NamedValue(Body):
    displayName: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[A-Za-z0-9._-]+$")]
    value: Annotated[str, Field(max_length=4096)] | None = None
    secret: bool | None = None
    tags: Annotated[list[str], Field(max_length=32)] | None = None
    keyVault: KeyVault | None = None


class Logger(Body):
    loggerType: Literal["azureEventHub", "applicationInsights", "azureMonitor"]
    description: Annotated[str, Field(max_length=256)] | None = None
    credentials: dict[str, str] | None = None
    isBuffered: bool | None = None
    resourceId: str | None = None


class Sampling(Body):
    samplingType: Literal["fixed"] | None = None
    percentage: Annotated[float, Field(ge=0, le=100, strict=False)] | None = None


class Masked(Body):
    value: str | None = None
    mode: Literal["Mask", "Hide"] | None = None


class DataMasking(Body):
    queryParams: list[Masked] | None = None
    headers: list[Masked] | None = None


class LoggedBody(Body):
    bytes: Annotated[int, Field(ge=0, le=8192)] | None = None


class Message(Body):
    headers: list[str] | None = None
    body: LoggedBody | None = None
    dataMasking: DataMasking | None = None


class Pipeline(Body):
    request: Message | None = None
    response: Message | None = None


class Diagnostic(Body):
    loggerId: str
    alwaysLog: Literal["allErrors"] | None = None
    sampling: Sampling | None = None
    frontend: Pipeline | None = None
    backend: Pipeline | None = None
    verbosity: Literal["verbose", "information", "error"] | None = None
    logClientIp: bool | None = None
    httpCorrelationProtocol: Literal["None", "Legacy", "W3C"] | None = None
    operationNameFormat: Literal["Name", "Url"] | None = None
    metrics: bool | None = None


class BackendTls(Body):
    validateCertificateChain: bool | None = None
    validateCertificateName: bool | None = None


class BackendAuthorization(Body):
    scheme: Annotated[str, Field(min_length=1, max_length=100)]
    parameter: Annotated[str, Field(min_length=1, max_length=300)]


class BackendCredentials(Body):
    certificateIds: Annotated[list[str], Field(max_length=32)] | None = None
    certificate: Annotated[list[str], Field(max_length=32)] | None = None
    query: dict[str, list[str]] | None = None
    header: dict[str, list[str]] | None = None
    authorization: BackendAuthorization | None = None


class Backend(Body):
    url: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    protocol: Literal["http", "soap"] | None = None
    title: str | None = None
    description: str | None = None
    resourceId: str | None = None
    tls: BackendTls | None = None
    credentials: BackendCredentials | None = None
    proxy: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    circuitBreaker: dict[str, Any] | None = None
    pool: dict[str, Any] | None = None
    type: Literal["Single", "Pool"] | None = None


class Subscription(Body):
    displayName: Annotated[str, Field(min_length=1, max_length=100)]
    scope: str
    ownerId: str | None = None
    primaryKey: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    secondaryKey: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    state: Literal["suspended", "active", "expired", "submitted", "rejected", "cancelled"] | None = None
    allowTracing: bool | None = None


class LogSetting(Body):
    category: str | None = None
    categoryGroup: str | None = None
    enabled: bool
    retentionPolicy: dict[str, Any] | None = None


class MetricSetting(Body):
    category: str | None = None
    enabled: bool
    timeGrain: str | None = None
    retentionPolicy: dict[str, Any] | None = None


class DiagnosticSetting(Body):
    logs: list[LogSetting] | None = None
    metrics: list[MetricSetting] | None = None
    workspaceId: str | None = None
    storageAccountId: str | None = None
    serviceBusRuleId: str | None = None
    eventHubAuthorizationRuleId: str | None = None
    eventHubName: str | None = None
    marketplacePartnerId: str | None = None
    logAnalyticsDestinationType: str | None = None


class MetricDimension(Body):
    name: str
    operator: Literal["Include", "Exclude"]
    values: Annotated[list[str], Field(min_length=1)]


class MetricCriterion(Body):
    name: str
    metricName: str
    metricNamespace: str | None = None
    criterionType: Literal["StaticThresholdCriterion", "DynamicThresholdCriterion"]
    operator: Literal["Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual", "GreaterOrLessThan"]
    timeAggregation: Literal["Average", "Count", "Minimum", "Maximum", "Total"]
    threshold: Annotated[float, Field(strict=False)] | None = None
    dimensions: list[MetricDimension] | None = None
    skipMetricValidation: bool | None = None
    alertSensitivity: Literal["Low", "Medium", "High"] | None = None
    failingPeriods: dict[str, Any] | None = None
    ignoreDataBefore: str | None = None


class AlertCriteria(Body):
    odata: Annotated[str, Field(alias="odata.type")]
    allOf: Annotated[list[MetricCriterion], Field(min_length=1)]


class AlertAction(Body):
    actionGroupId: str | None = None
    webHookProperties: dict[str, str] | None = None


class MetricAlert(Body):
    severity: Annotated[int, Field(ge=0, le=4)]
    enabled: bool
    scopes: Annotated[list[str], Field(min_length=1)]
    evaluationFrequency: Literal["PT1M", "PT5M", "PT15M", "PT30M", "PT1H"]
    windowSize: Literal["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"]
    criteria: AlertCriteria
    description: str | None = None
    actions: list[AlertAction] | None = None
    autoMitigate: bool | None = None
    targetResourceType: str | None = None
    targetResourceRegion: str | None = None
