"""The console script: one file a command, errors as one line with their exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import landfast
from landfast.cli import (
    analyze,
    demo,
    doctor,
    frames,
    generate,
    generators,
    plan,
    probe,
    run,
    verify,
)
from landfast.cli.settings import PREFIX, defaults
from landfast.errors import LandfastError

app = typer.Typer(
    name="landfast",
    help="Keeps generated video fast to real footage: measure, generate only the transitions, "
    "verify every take.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": PREFIX},
    epilog="Every option can also stand in [bold]landfast.toml[/] or the environment "
    "(LANDFAST_RUN_GENERATOR, or LANDFAST_GENERATOR for all commands).",
)

app.command("probe", epilog=probe.EXAMPLE)(probe.probe_command)
app.command("frames", epilog=frames.EXAMPLE)(frames.frames_command)
app.command("analyze", epilog=analyze.EXAMPLE)(analyze.analyze_command)
app.command("plan", epilog=plan.EXAMPLE)(plan.plan_command)
app.command("generate", epilog=generate.EXAMPLE)(generate.generate_command)
app.command("verify", epilog=verify.EXAMPLE)(verify.verify_command)
app.command("run", epilog=run.RUN_EXAMPLE)(run.run_command)
app.command("resume", epilog=run.RESUME_EXAMPLE)(run.resume_command)
app.command("generators", epilog=generators.EXAMPLE)(generators.generators_command)
app.command("doctor", epilog=doctor.EXAMPLE)(doctor.doctor_command)
app.command("demo", epilog=demo.EXAMPLE)(demo.demo_command)


def _version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"landfast {landfast.__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; a deliberate error is one line on stderr and its own exit code."""
    try:
        command = typer.main.get_command(app)
        command.main(prog_name="landfast", default_map=defaults(command))
    except LandfastError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("interrupted; `landfast resume` goes on where a run stopped", err=True)
        sys.exit(130)
