@echo off
rem Starts the launcher of pulumi_dynamic_host, installed beside this package or in the same checkout: Pulumi.yaml files name this folder.
setlocal EnableExtensions DisableDelayedExpansion

for %%p in ("%~dp0..\..\pulumi_dynamic_host\pulumi-resource-pulumi-python.cmd") do set "launcher=%%~fp"
if exist "%launcher%" goto start
for %%p in ("%~dp0..\..\..\host\pulumi_dynamic_host\pulumi-resource-pulumi-python.cmd") do set "launcher=%%~fp"
if exist "%launcher%" goto start

echo The host of dynamic providers is not installed beside "%~dp0": install pulumi-dynamic-host in the same environment. It is not released yet: make wheels in a clone builds it. 1>&2
exit /b 1

:start
"%launcher%" %*
