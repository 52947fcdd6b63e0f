"""pupil-core-network-client, unmodified, against the port in the first argument."""

import json
import sys
import time

from pupil_labs.pupil_core_network_client import Device

device = Device(port=int(sys.argv[1]))
said = {
    "version": device.request_version(),
    "clock_difference": device.request_current_pupil_time() - device.current_pupil_time(),
    "replies": [
        device.request_recording_start("a session"),
        device.request_recording_stop(),
        device.request_calibration_start(),
        device.request_calibration_stop(),
        device.request_plugin_start("Annotation_Capture"),
        device.request_plugin_start("Annotation_Capture", {}),
        device.request_plugin_start_eye_process(0, "Nope", {}),
        device.send_annotation("sent by request", trial=5),
        device.send_message({"topic": "picture", "__raw_data__": [b"one", b"two"]}),
    ],
}

with device.subscribe(["pupil.", "own."]) as subscription:
    message = subscription.recv_new_message(timeout_ms=10_000)
    said["datum"] = [message.topic, message.payload["id"]]

with device.subscribe_in_background("own.", buffer_size=10) as buffered:
    own = None
    end = time.monotonic() + 10
    with device.high_frequency_message_sending():
        while own is None and time.monotonic() < end:
            device.send_message({"topic": "own.stream", "__raw_data__": [b"\x01", b"\x02\x03"]})
            own = buffered.recv_new_message(timeout_ms=20)
    said["own"] = [own.topic, [len(frame) for frame in own.raw_data]]

device.disconnect()
print(json.dumps(said))
