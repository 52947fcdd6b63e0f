"""How plugins are started, fail and stop, in a real daemon."""

from __future__ import annotations

from gazed import hookimpl


def test_a_plugin_that_raises_is_stopped_and_the_others_go_on(daemon, client, install):
    class Explodes:
        def __init__(self, context):
            pass

        @hookimpl
        def on_notification(self, notification):
            if notification.subject == "boom":
                raise RuntimeError("told to")

    install("Explodes", Explodes)
    client.start_plugin("Explodes")
    client.wait_for("plugin.started", name="Explodes")

    client.notify("boom")

    assert client.wait_for("plugin.failed", name="Explodes")["reason"] == "told to"
    assert client.time() > 0


def test_a_constructor_that_raises_is_reported_with_its_reason_and_traceback(client, install):
    class Refuses:
        def __init__(self, context):
            raise ValueError("no such device")

    install("Refuses", Refuses)

    client.start_plugin("Refuses")

    failure = client.wait_for("plugin.failed", name="Refuses")
    assert failure["reason"] == "no such device"
    assert "ValueError" in failure["traceback"]


def test_a_plugin_whose_package_lacks_a_module_is_reported_with_the_install_line(client, install):
    install("Needs", "import not_installed_anywhere\nclass Needs: pass\n")

    client.start_plugin("Needs")

    reason = client.wait_for("plugin.failed", name="Needs")["reason"]
    assert "pip install not_installed_anywhere" in reason


def test_an_unknown_plugin_is_answered_with_the_known_ones(client):
    client.subscribe("logging.error")
    client.start_plugin("Nope")

    assert "Pupil_Remote" in client.wait_for("plugin.failed", name="Nope")["reason"]


def test_an_unknown_argument_is_refused_by_name(client):
    client.start_plugin("Eye_Processes", colour="red")

    reason = client.wait_for("plugin.failed", name="Eye_Processes")["reason"]
    assert "'colour'" in reason


def test_a_hook_that_is_misspelt_is_refused(client, install):
    class Misspelt:
        def __init__(self, context):
            pass

        @hookimpl
        def on_pupils(self, pupil):
            pass

    install("Misspelt", Misspelt)

    client.start_plugin("Misspelt")

    assert "on_pupils" in client.wait_for("plugin.failed", name="Misspelt")["reason"]


def test_a_plugin_in_a_process_of_its_own_ends_with_its_process(daemon, client, install):
    class Alone:
        def __init__(self, context):
            pass

    install("Alone", Alone, group="gazed.process")
    client.start_plugin("Alone")
    assert client.wait_for("plugin.started", name="Alone")["host"] == "Alone"

    client.stop_plugin("Alone")

    client.wait_for("host.should_stop", host="Alone")
    client.start_plugin("Alone")
    assert client.wait_for("plugin.started", name="Alone")


def test_starting_a_running_plugin_gives_it_the_new_arguments(client, install):
    class Speaks:
        def __init__(self, context, word: str = "nothing"):
            context.notify("spoken", word=word)

    install("Speaks", Speaks)
    client.start_plugin("Speaks", word="first")
    assert client.wait_for("spoken")["word"] == "first"

    client.start_plugin("Speaks", word="second")

    assert client.wait_for("spoken")["word"] == "second"


def test_one_plugin_of_a_role_replaces_the_other(client, install):
    class Old:
        role = "mapper"

        def __init__(self, context):
            pass

    class New:
        role = "mapper"

        def __init__(self, context):
            pass

    install("Old", Old)
    install("New", New)
    client.start_plugin("Old")
    client.wait_for("plugin.started", name="Old")

    client.start_plugin("New")

    client.wait_for("plugin.stopped", name="Old")
    assert client.wait_for("plugin.started", name="New")["role"] == "mapper"


def test_background_work_hands_its_result_to_the_hosts_loop(client, install):
    class Works:
        def __init__(self, context):
            loop = threading.get_ident()  # noqa: F821
            context.background(
                lambda: 6 * 7,
                lambda result: context.notify(
                    "worked",
                    result=result,
                    same=threading.get_ident() == loop,  # noqa: F821
                ),
            )

    install("Works", Works)

    client.start_plugin("Works")

    done = client.wait_for("worked")
    assert (done["result"], done["same"]) == (42, True)


def test_a_plugin_for_another_version_of_the_interface_is_refused_with_a_sentence(client, install):
    class FromTheFuture:
        hook_api = (7, 9)

        def __init__(self, context):
            pass

    install("FromTheFuture", FromTheFuture)

    client.start_plugin("FromTheFuture")

    reason = client.wait_for("plugin.failed", name="FromTheFuture")["reason"]
    assert "versions 7 to 9" in reason
    assert "this is version 1" in reason


def test_a_host_that_is_not_its_own_can_be_chosen(client, install):
    class Wanders:
        def __init__(self, context):
            pass

    install("Wanders", Wanders)

    client.start_plugin("Wanders", host="elsewhere")

    assert client.wait_for("plugin.started", name="Wanders")["host"] == "elsewhere"


def test_more_hosts_than_a_machine_can_bear_are_refused(client, install):
    class Many:
        def __init__(self, context):
            pass

    install("Many", Many)
    for number in range(40):
        client.notify("start_plugin", name="Many", host=f"host{number}")

    assert "hosts run already" in client.wait_for("plugin.failed", timeout=60)["reason"]
    assert client.time() > 0
