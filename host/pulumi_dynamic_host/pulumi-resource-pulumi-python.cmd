@echo off
rem Starts the host with the Python of the environment in which this folder is installed, wherever the engine starts it.
setlocal EnableExtensions DisableDelayedExpansion

set "here=%~dp0"
set "here=%here:~0,-1%"

set "python="
set "dir=%here%"
:look
if exist "%dir%\pyvenv.cfg" if exist "%dir%\Scripts\python.exe" set "python=%dir%\Scripts\python.exe"
if defined python goto run
if exist "%dir%\pyproject.toml" if exist "%dir%\.venv\Scripts\python.exe" set "python=%dir%\.venv\Scripts\python.exe"
if defined python goto run
set "below=%dir%"
for %%p in ("%dir%\..") do set "dir=%%~fp"
if /i not "%dir%"=="%below%" goto look

rem As the shell launcher: an absolute path is meant as it is, a relative one counts if it leads to a Python.
set "named=%PULUMI_RUNTIME_VIRTUALENV%"
if not defined named goto search
if exist "%named%\Scripts\python.exe" goto named
if "%named:~1,1%"==":" goto named
if "%named:~0,1%"=="\" goto named
:search
set "python=%PULUMI_PYTHON_CMD%"
if not defined python set "python=python"
goto start
:named
for %%p in ("%named%\Scripts\python.exe") do set "python=%%~fp"

:run
if not exist "%python%" goto missing
rem As if the environment were activated: providers may start its tools.
for %%p in ("%python%") do set "PATH=%%~dpp;%PATH%"
set "PYTHONHOME="

:start
"%python%" -u "%here%" %*
if errorlevel 9009 if not errorlevel 9010 goto missing
exit /b %errorlevel%

:missing
echo The host of dynamic providers found no Python: "%python%" cannot be run. Create the program's virtual environment, or name it in Pulumi.yaml (runtime.options.virtualenv, an absolute path). 1>&2
exit /b 1
