@echo off
rem Starts the host of dynamic providers of pulumi-workspace365 with this project's Python.
rem Written by `w365 init`, which also renews it: changes made here are lost then.
setlocal EnableExtensions DisableDelayedExpansion

for %%p in ("%~dp0..") do set "root=%%~fp"

set "named=%PULUMI_RUNTIME_VIRTUALENV%"
if not defined named goto search
if "%named:~1,1%"==":" goto search
if "%named:~0,1%"=="\" goto search
set "named=%root%\%named%"

:search
set "python="
if defined named if exist "%named%\Scripts\python.exe" set "python=%named%\Scripts\python.exe"
if not defined python if exist "%root%\.venv\Scripts\python.exe" set "python=%root%\.venv\Scripts\python.exe"
if not defined python if exist "%root%\venv\Scripts\python.exe" set "python=%root%\venv\Scripts\python.exe"
if not defined python if defined VIRTUAL_ENV if exist "%VIRTUAL_ENV%\Scripts\python.exe" set "python=%VIRTUAL_ENV%\Scripts\python.exe"
if not defined python set "python=%PULUMI_PYTHON_CMD%"
if not defined python set "python=python"

"%python%" -u -c "import importlib.util, os, runpy, sys; found = importlib.util.find_spec('pulumi_workspace365'); found and found.origin or sys.exit('The host of dynamic providers runs in ' + sys.executable + ', where pulumi-workspace365 is not installed: install it there (not released yet: make wheels in a clone builds it).'); runpy.run_path(os.path.join(os.path.dirname(found.origin), 'host'), run_name='__main__')" %*
if errorlevel 9009 if not errorlevel 9010 goto missing
exit /b %errorlevel%

:missing
echo The host of dynamic providers found no Python: create the project's virtual environment, or name it in Pulumi.yaml (runtime.options.virtualenv). 1>&2
exit /b 1
