package main

import (
	"example.com/pulumi-workspace365/sdk/go/workspace365"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")

		chat, err := workspace365.NewWebSocketApi(ctx, "chat", &workspace365.WebSocketApiArgs{
			ResourceGroupName: pulumi.String(settings.Require("resourceGroupName")),
			ServiceName:       pulumi.String(settings.Require("serviceName")),
			Path:              pulumi.String("chat"),
			ServiceUrl:        pulumi.String(settings.Require("serviceUrl")),
			Handshake: &workspace365.HandshakeArgs{
				AllowedOrigins: pulumi.StringArray{pulumi.String("https://app.example.com")},
				Jwt: &workspace365.JwtArgs{
					Audiences:    pulumi.StringArray{pulumi.String("api://chat")},
					OpenidConfig: pulumi.String(settings.Require("openidConfig")),
					Query:        pulumi.String("access_token"),
				},
				RateLimitPerAddress: &workspace365.RateLimitArgs{Calls: 5},
			},
		})
		if err != nil {
			return err
		}
		ctx.Export("url", chat.WebsocketUrl)
		return nil
	})
}
