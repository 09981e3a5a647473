import * as pulumi from "@pulumi/pulumi";
import * as workspace365 from "@pulumi/workspace365";

const config = new pulumi.Config();

const europe = new workspace365.Provider("europe", {
    baseUrl: config.require("baseUrl"),
    provisioningKey: config.requireSecret("provisioningKey"),
});
const options = { provider: europe };

const contoso = new workspace365.Environment("contoso", {
    environmentName: "contoso",
    adminEmail: "admin@contoso.example",
    adminFirstName: "Carla",
    adminLastName: "Conti",
    deletionProtection: true,
}, { ...options, protect: true });

const environment = { environment: contoso.name, incarnation: contoso.incarnation };

new workspace365.OAuth2SignOn("contoso", {
    ...environment,
    authority: "https://login.microsoftonline.com/contoso.onmicrosoft.com",
    clientId: "00000000-0000-0000-0000-000000000001",
    key: config.requireSecret("signOnKey"),
}, options);

new workspace365.ExchangeSettings("contoso", {
    ...environment,
    serverType: workspace365.ExchangeSettingsServerType.Office365,
}, options);

new workspace365.SharePointSettings("contoso", {
    ...environment,
    authenticationType: workspace365.SharePointSettingsAuthenticationType.Online,
    defaultUrl: "https://contoso.sharepoint.com",
}, options);

new workspace365.Template("contoso", {
    ...environment,
    configuration: new pulumi.asset.FileAsset("template.json"),
}, options);

export const users = workspace365.getLicensingOutput({ name: contoso.name }, options).moduleSummary.regularUsers;
