using System.Collections.Generic;
using Pulumi;
using Workspace365 = Pulumi.Workspace365;

return await Deployment.RunAsync(() =>
{
    var config = new Config();

    var europe = new Workspace365.Provider("europe", new()
    {
        BaseUrl = config.Require("baseUrl"),
        ProvisioningKey = config.RequireSecret("provisioningKey"),
    });
    var options = new CustomResourceOptions { Provider = europe };

    var contoso = new Workspace365.Environment("contoso", new()
    {
        EnvironmentName = "contoso",
        AdminEmail = "admin@contoso.example",
        AdminFirstName = "Carla",
        AdminLastName = "Conti",
        DeletionProtection = true,
    }, new CustomResourceOptions { Provider = europe, Protect = true });

    new Workspace365.OAuth2SignOn("contoso", new()
    {
        Environment = contoso.Name,
        Incarnation = contoso.Incarnation,
        Authority = "https://login.microsoftonline.com/contoso.onmicrosoft.com",
        ClientId = "00000000-0000-0000-0000-000000000001",
        Key = config.RequireSecret("signOnKey"),
    }, options);

    new Workspace365.ExchangeSettings("contoso", new()
    {
        Environment = contoso.Name,
        Incarnation = contoso.Incarnation,
        ServerType = Workspace365.ExchangeSettingsServerType.Office365,
    }, options);

    new Workspace365.SharePointSettings("contoso", new()
    {
        Environment = contoso.Name,
        Incarnation = contoso.Incarnation,
        AuthenticationType = Workspace365.SharePointSettingsAuthenticationType.Online,
        DefaultUrl = "https://contoso.sharepoint.com",
    }, options);

    new Workspace365.Template("contoso", new()
    {
        Environment = contoso.Name,
        Incarnation = contoso.Incarnation,
        Configuration = new FileAsset("template.json"),
    }, options);

    var licensing = Workspace365.GetLicensing.Invoke(new() { Name = contoso.Name }, new InvokeOptions { Provider = europe });

    return new Dictionary<string, object?>
    {
        ["users"] = licensing.Apply(known => known.ModuleSummary?.RegularUsers),
    };
});
