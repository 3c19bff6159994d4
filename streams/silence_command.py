"""`prevenance silence`: the kill switch by hand."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack

import click

from schemas.silence import Silence
from streams.command import Number, of_house, served_settings, told, user_name
from streams.kill_switch import KillSwitch
from streams.produce import Producer
from streams.settings import Settings, SettingsError
from streams.shapes.silences import Switch
from streams.silencing import NoSuchScope, scope_of, silence_of, until_of

LONGEST = 10 * 366 * 24 * 60
"""Minutes that a silence may be told to last, ten years: whoever wants more lifts it by hand."""


@click.command("silence", short_help="The kill switch: a maison, a site, an action.")
@click.option("--maison", required=True, help="The id of the house, as in its file.")
@click.option("--site", help="This site alone.")
@click.option("--action", help="This action alone, named as its rule.")
@click.option("--why", help="For the audit and for colleagues. Without it: lists what is silenced.")
@click.option("--minutes", type=Number(0, LONGEST, min_open=True), help="It ends by itself after so long.")
@click.option("--lift", is_flag=True, help="People are told again: what was held and still holds is shown.")
@click.option("--by", default=user_name, help="Who says so; default: your user name.")
def silence_command(
    maison: str,
    site: str | None,
    action: str | None,
    why: str | None,
    minutes: float | None,
    lift: bool,
    by: str,
) -> None:
    """Nothing of a maison, of a site, of an action is shown to anybody once this returns.

    Without --site and --action: nothing of the whole maison. Each scope is lifted as it was silenced.
    """
    if (lift or minutes is not None) if why is None else not why.strip():
        raise click.UsageError("say --why: it is in the audit")
    settings = served_settings()
    with told():
        if why is None:
            for line in asyncio.run(_list(settings, maison)):
                click.echo(line)
            return
        asked = Switch(site=site, action=action, why=why, lift=lift, until=until_of(minutes, time.time()))
        click.echo(asyncio.run(_say(settings, maison, asked, by)))


async def _say(settings: Settings, maison: str, asked: Switch, by: str) -> str:
    async with AsyncExitStack() as stack:
        switch, brokers = await _switch(settings, stack, maison)
        last = switch.last(scope_of(maison, asked))
        try:
            silence = silence_of(asked, switch.maisons[maison], by, time.time(), last)
        except NoSuchScope as wrong:
            raise SettingsError(str(wrong)) from None
        producer = Producer(brokers, client_id="prevenance-silence")
        stack.push_async_callback(producer.close)
        await switch.turn(producer, silence)
        return sentence(silence)


async def _list(settings: Settings, maison: str) -> Iterable[str]:
    async with AsyncExitStack() as stack:
        switch, _ = await _switch(settings, stack, maison)
        found, now = (await switch.now([maison]))[maison], time.time()
        return [sentence(one) for one in found if one.holds(now)] or [f"nothing of {maison} is silenced"]


async def _switch(settings: Settings, stack: AsyncExitStack, maison: str) -> tuple[KillSwitch, str]:
    made = of_house(settings, stack, maison)
    stack.push_async_callback(made.switch.stop)
    await made.switch.start()
    return made.switch, made.brokers


def sentence(silence: Silence) -> str:
    """What was said, for whoever said it.

    >>> sentence(Silence(maison="lumiere", site="vendome", at=0.0, by="ines", why="fire drill", until=60.0))
    'lumiere, vendome, all actions: silenced until 1970-01-01 00:01 UTC by ines (fire drill)'
    """
    where = f"{silence.maison}, {silence.site or 'all sites'}, {silence.action or 'all actions'}"
    if silence.lifted:
        return f"{where}: told again, by {silence.by} ({silence.why})"
    until = "until it is lifted"
    if silence.until is not None:
        until = f"until {time.strftime('%Y-%m-%d %H:%M', time.gmtime(silence.until))} UTC"
    return f"{where}: silenced {until} by {silence.by} ({silence.why})"
