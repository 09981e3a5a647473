package environment;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.asset.FileAsset;
import com.pulumi.deployment.InvokeOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.workspace365.Environment;
import com.pulumi.workspace365.EnvironmentArgs;
import com.pulumi.workspace365.ExchangeSettings;
import com.pulumi.workspace365.ExchangeSettingsArgs;
import com.pulumi.workspace365.OAuth2SignOn;
import com.pulumi.workspace365.OAuth2SignOnArgs;
import com.pulumi.workspace365.Provider;
import com.pulumi.workspace365.ProviderArgs;
import com.pulumi.workspace365.SharePointSettings;
import com.pulumi.workspace365.SharePointSettingsArgs;
import com.pulumi.workspace365.Template;
import com.pulumi.workspace365.TemplateArgs;
import com.pulumi.workspace365.Workspace365Functions;
import com.pulumi.workspace365.enums.ExchangeSettingsServerType;
import com.pulumi.workspace365.enums.SharePointSettingsAuthenticationType;
import com.pulumi.workspace365.inputs.GetLicensingArgs;
import java.util.Map;

public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    private static void stack(Context ctx) {
        var config = ctx.config();

        var europe = new Provider("europe", ProviderArgs.builder()
            .baseUrl(config.require("baseUrl"))
            .provisioningKey(config.requireSecret("provisioningKey"))
            .build());
        var options = CustomResourceOptions.builder().provider(europe).build();

        var contoso = new Environment("contoso", EnvironmentArgs.builder()
            .environmentName("contoso")
            .adminEmail("admin@contoso.example")
            .adminFirstName("Carla")
            .adminLastName("Conti")
            .deletionProtection(true)
            .build(), CustomResourceOptions.builder().provider(europe).protect(true).build());

        new OAuth2SignOn("contoso", OAuth2SignOnArgs.builder()
            .environment(contoso.name())
            .incarnation(contoso.incarnation())
            .authority("https://login.microsoftonline.com/contoso.onmicrosoft.com")
            .clientId("00000000-0000-0000-0000-000000000001")
            .key(config.requireSecret("signOnKey"))
            .build(), options);

        new ExchangeSettings("contoso", ExchangeSettingsArgs.builder()
            .environment(contoso.name())
            .incarnation(contoso.incarnation())
            .serverType(ExchangeSettingsServerType.Office365)
            .build(), options);

        new SharePointSettings("contoso", SharePointSettingsArgs.builder()
            .environment(contoso.name())
            .incarnation(contoso.incarnation())
            .authenticationType(SharePointSettingsAuthenticationType.Online)
            .defaultUrl("https://contoso.sharepoint.com")
            .build(), options);

        new Template("contoso", TemplateArgs.builder()
            .environment(contoso.name())
            .incarnation(contoso.incarnation())
            .configuration(new FileAsset("template.json"))
            .build(), options);

        var licensing = Workspace365Functions.getLicensing(
            GetLicensingArgs.builder().name(contoso.name()).build(),
            InvokeOptions.builder().provider(europe).build());
        ctx.export("users", licensing.applyValue(known -> {
            var users = known.moduleSummary().regularUsers();
            return Map.of("unify", users.unify(), "hybrid", users.hybrid(), "engage", users.engage());
        }));
    }
}
