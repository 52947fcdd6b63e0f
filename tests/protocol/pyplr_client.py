"""PyPlr's module for Pupil Core, unmodified, against the port in the first argument."""

import json
import sys

from pyplr.pupil import PupilCore

core = PupilCore(request_port=sys.argv[1])
said = {
    "version": core.command("v"),
    "time": core.get_corrected_pupil_time() - float(core.command("t")),
    "replies": [
        core.annotation_capture_plugin("start"),
        core.command("R a session"),
        core.command("r"),
        core.command("hello"),
        core.freeze_3d_model(eye_id=0, frozen=True),
        core.notify({"subject": "pyplr.was.here", "value": 0.5}),
    ],
}
grabbed = core.pupil_grabber(topic="pupil.1.2d", seconds=0.5).result()
said["grabbed"] = {
    "count": len(grabbed),
    "topics": sorted({datum["topic"] for datum in grabbed}),
    "diameters": sorted({datum["diameter"] for datum in grabbed}),
}
core.send_annotation(core.new_annotation("LIGHT_ON", {"k": 1}))
print(json.dumps(said))
