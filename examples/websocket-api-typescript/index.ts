import * as pulumi from "@pulumi/pulumi";
import { WebSocketApi } from "@pulumi/workspace365";

const config = new pulumi.Config();

const chat = new WebSocketApi("chat", {
    resourceGroupName: config.require("resourceGroupName"),
    serviceName: config.require("serviceName"),
    path: "chat",
    serviceUrl: config.require("serviceUrl"),
    handshake: {
        xml: `<policies>
            <inbound>
                <base />
                <check-header name="Origin" failed-check-httpcode="403" failed-check-error-message="Origin not allowed" ignore-case="true">
                    <value>https://app.example.com</value>
                </check-header>
                <set-header name="X-Backend-Key" exists-action="override"><value>{{backend-key}}</value></set-header>
            </inbound>
            <backend><base /></backend>
            <outbound><base /></outbound>
            <on-error><base /></on-error>
        </policies>`,
        namedValues: [{ name: "backend-key", value: config.requireSecret("backendKey") }],
    },
});

export const url = chat.websocketUrl;
