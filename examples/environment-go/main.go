package main

import (
	"example.com/pulumi-workspace365/sdk/go/workspace365"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")

		provider, err := workspace365.NewProvider(ctx, "europe", &workspace365.ProviderArgs{
			BaseUrl:         pulumi.String(settings.Require("baseUrl")),
			ProvisioningKey: settings.RequireSecret("provisioningKey"),
		})
		if err != nil {
			return err
		}
		europe := pulumi.Provider(provider)

		contoso, err := workspace365.NewEnvironment(ctx, "contoso", &workspace365.EnvironmentArgs{
			EnvironmentName:    pulumi.String("contoso"),
			AdminEmail:         pulumi.String("admin@contoso.example"),
			AdminFirstName:     pulumi.String("Carla"),
			AdminLastName:      pulumi.String("Conti"),
			DeletionProtection: pulumi.Bool(true),
		}, europe, pulumi.Protect(true))
		if err != nil {
			return err
		}

		if _, err := workspace365.NewOAuth2SignOn(ctx, "contoso", &workspace365.OAuth2SignOnArgs{
			Environment: contoso.Name,
			Incarnation: contoso.Incarnation,
			Authority:   pulumi.String("https://login.microsoftonline.com/contoso.onmicrosoft.com"),
			ClientId:    pulumi.String("00000000-0000-0000-0000-000000000001"),
			Key:         settings.RequireSecret("signOnKey"),
		}, europe); err != nil {
			return err
		}

		if _, err := workspace365.NewExchangeSettings(ctx, "contoso", &workspace365.ExchangeSettingsArgs{
			Environment: contoso.Name,
			Incarnation: contoso.Incarnation,
			ServerType:  workspace365.ExchangeSettingsServerTypeOffice365,
		}, europe); err != nil {
			return err
		}

		if _, err := workspace365.NewSharePointSettings(ctx, "contoso", &workspace365.SharePointSettingsArgs{
			Environment:        contoso.Name,
			Incarnation:        contoso.Incarnation,
			AuthenticationType: workspace365.SharePointSettingsAuthenticationTypeOnline,
			DefaultUrl:         pulumi.String("https://contoso.sharepoint.com"),
		}, europe); err != nil {
			return err
		}

		if _, err := workspace365.NewTemplate(ctx, "contoso", &workspace365.TemplateArgs{
			Environment:   contoso.Name,
			Incarnation:   contoso.Incarnation,
			Configuration: pulumi.NewFileAsset("template.json"),
		}, europe); err != nil {
			return err
		}

		licensing := workspace365.GetLicensingOutput(ctx, workspace365.GetLicensingOutputArgs{Name: contoso.Name}, europe)
		ctx.Export("users", licensing.ModuleSummary().RegularUsers())
		return nil
	})
}
