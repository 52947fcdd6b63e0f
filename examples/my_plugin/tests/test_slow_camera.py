"""The plugin's own test: a context that remembers is all it takes."""

from types import SimpleNamespace

from gazed_slow_camera import SlowCamera


def test_a_camera_at_half_its_rate_is_reported():
    sent = []
    context = SimpleNamespace(notify=lambda subject, **fields: sent.append((subject, fields)))
    plugin = SlowCamera(context, limit=100.0, window=10)

    for index in range(10):
        plugin.on_frame(SimpleNamespace(eye=0, timestamp=index / 50))

    assert sent[0][0] == "camera.slow"
    assert abs(sent[0][1]["rate"] - 50.0) < 1e-6
