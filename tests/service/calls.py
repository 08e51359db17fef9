"""Fields of calls that several tests make."""

import json


def watch(*devices: str, times: tuple[str, str] = ("00:00:00", "24:00:00"), **fields: object) -> dict:
    """An instance that looks for motion on these devices every day; `fields` replace others."""
    return {
        "InstanceName": "watch",
        "AlgorithmType": "PICTURE",
        "Devices": [{"DeviceId": device, "StartStream": True} for device in devices],
        "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
        "ScheduleType": "EVERYDAY",
        "ScheduleTimes": json.dumps([{"StartTime": times[0], "EndTime": times[1]}]),
    } | fields


def camera(device: str, address: str = "rtsp://192.0.2.1/", project: str = "one") -> dict:
    """A device of CreateDevice."""
    return {
        "CorpId": project,
        "DeviceType": "IPC",
        "DataSourceType": "VIDEO",
        "DeviceName": device,
        "DeviceId": device,
        "DeviceAddress": address,
    }
