"""Wrong fields of every action, and what is right to answer. Used by bad_input_test.py.

A row: (what is wrong, action, fields, status, Code, what the message must hold). The server that they are for has
instance 1 (camera own-cam) in the caller's project 2, instance 2 in project 9, instance 3 deleted, device other-cam
in project 9 and data source DATA_SOURCE of the caller's own.
"""

CREATE = {
    "InstanceName": "gate",
    "AlgorithmType": "PICTURE",
    "Devices": [{"DeviceId": "1", "StartStream": True}],
    "Algorithms": [{"AlgorithmId": "1", "AlgorithmName": "face"}],
    "ScheduleType": "EVERYDAY",
    "ScheduleTimes": [{"StartTime": "10:00:00", "EndTime": "11:00:00"}],
}
WEEK = {"ScheduleType": "EVERY_WEEK", "ScheduleCycleDate": "1"}
MONTH = {"ScheduleType": "EVERY_MONTH", "ScheduleCycleDate": "1"}
POLLING = {"IsPolling": "true", "SliceExecutionTime": "60", "OverallExecutionTime": "10"}
DEVICE = {
    "CorpId": "2",
    "DeviceType": "IPC",
    "DataSourceType": "VIDEO",
    "DeviceName": "gate",
    "DeviceAddress": "rtsp://192.0.2.7/stream",
}
SOURCE = {
    "CorpId": "2",
    "DataSourceName": "mall",
    "DataSourceType": "VIDEO",
    "Url": "http://192.0.2.8/live.m3u8",
}
BIG = "99999999999999999999999"
DEEP = "[" * 100_000 + "]" * 100_000
PASSWORD = "hunter2-of-a-camera"


def changed(fields: dict, **changes) -> dict:
    """With these fields set; None takes one out."""
    return {name: value for name, value in (fields | changes).items() if value is not None}


def windows(*spans: str) -> list[dict]:
    """ "10:00:00-11:00:00" as the API has it."""
    return [dict(zip(("StartTime", "EndTime"), span.split("-"))) for span in spans]


def absent(action: str, fields: dict, *names: str) -> list[tuple]:
    """Each of these left out, and each empty: both are absent."""
    rows = []
    for name in names:
        said = f"{name} is mandatory for this action."
        rows.append((f"{name} left out", action, changed(fields, **{name: None}), 400, "Missing" + name, [said]))
        rows.append((f"{name} empty", action, fields | {name: ""}, 400, "Missing" + name, [said]))
    return rows


def failed(what: str, action: str, fields, *said: str) -> tuple:
    return (what, action, fields, 500, "RequestFailed", ["Request failed: ", *said])


def wrong(what: str, *said: str, **changes) -> tuple:
    """A create with these fields set."""
    return failed(what, "CreateComputeInstance", changed(CREATE, **changes), *said)


def device(what: str, *said: str, **changes) -> tuple:
    return wrong(what, *said, Devices=[{"DeviceId": "1", "StartStream": True} | changes])


def times(what: str, *said: str, kind: dict | None = None, **changes) -> tuple:
    """A create with a wrong schedule."""
    return wrong(what, "ScheduleTimes", *said, **(kind or {}) | changes)


def lacking(what: str, name: str, **changes) -> tuple:
    """A create that lacks a field of that name somewhere inside, or one that another field asks for."""
    return (what, "CreateComputeInstance", changed(CREATE, **changes), 400, "Missing" + name,
            [f"{name} is mandatory for this action."])  # fmt: skip


def twice(what: str, action: str, fields: list, *said: str) -> tuple:
    return (what, action, fields, 400, "InvalidParameter", list(said))


ITEMS = list(CREATE.items())
NO_DEVICES = list(changed(CREATE, Devices=None).items())

CREATE_ROWS = [
    *absent("CreateComputeInstance", CREATE, "InstanceName", "AlgorithmType", "Devices", "Algorithms",
            "ScheduleType"),  # fmt: skip
    wrong("a name of 129 characters", "InstanceName", "129 characters", InstanceName="名" * 129),
    wrong("a name with a line feed", "InstanceName", "control", InstanceName="a\nb"),
    wrong("a name with DEL", "InstanceName", "control", InstanceName="a\x7fb"),
    wrong("a name with a C1 control", "InstanceName", "control", InstanceName="a\u0085b"),
    wrong("a ProjectId of another key", "ProjectId", "'9'", ProjectId="9"),
    wrong("AlgorithmType unknown", "AlgorithmType", "'STREAM'", "REALTIME_STREAM", AlgorithmType="STREAM"),
    wrong("AlgorithmType in lower case", "AlgorithmType", "'picture'", "PICTURE", AlgorithmType="picture"),
    wrong("DatasourceType unknown", "DatasourceType", "'FILE'", "VIRTUAL_VIDEO", DatasourceType="FILE"),
    wrong("Devices empty", "Devices", "empty", Devices=[]),
    wrong("Devices an object", "Devices", '{"DeviceId":"1"}', Devices='{"DeviceId":"1"}'),
    wrong("Devices a number", "Devices", "7", Devices="7"),
    wrong("Devices a boolean", "Devices", "true", Devices="true"),
    wrong("Devices a word", "Devices", "cam", Devices="cam"),
    wrong("Devices not closed", "Devices", '[{"DeviceId":"1"', Devices='[{"DeviceId":"1"'),
    wrong("Devices with a trailing comma", "Devices", Devices='[{"DeviceId":"1","StartStream":true},]'),
    wrong("Devices with more behind", "Devices", Devices='[{"DeviceId":"1","StartStream":true}] x'),
    wrong("Devices with single quotes", "Devices", Devices="[{'DeviceId':'1'}]"),
    wrong("Devices with half a surrogate", "Devices", Devices=r'[{"DeviceId":"\ud800","StartStream":true}]'),
    wrong("Devices of numbers", "Devices[0]", "1", Devices="[1]"),
    wrong("Devices of nulls", "Devices[0]", "null", Devices="[null]"),
    wrong("Devices of lists", "Devices[0]", "[]", Devices="[[]]"),
    wrong("Devices nested deeply", "Devices", Devices=DEEP),
    wrong("a field of a device nested deeply", "Devices",
          Devices='[{"DeviceId":"1","StartStream":true,"X":' + DEEP + "}]"),  # fmt: skip
    wrong("a device twice", "Devices[1]", "'1'", "twice", Devices=CREATE["Devices"] * 2),
    wrong("10,001 devices", "Devices", "10001", "10000",
          Devices=[{"DeviceId": str(i), "StartStream": True} for i in range(10_001)]),  # fmt: skip
    lacking("a device without DeviceId", "DeviceId", Devices=[{"StartStream": True}]),
    lacking("a device with an empty DeviceId", "DeviceId", Devices=[{"DeviceId": "", "StartStream": True}]),
    lacking("a device without StartStream", "StartStream", Devices=[{"DeviceId": "1"}]),
    lacking("StartStream null", "StartStream", Devices=[{"DeviceId": "1", "StartStream": None}]),
    lacking("the second device without StartStream", "StartStream",
            Devices=[*CREATE["Devices"], {"DeviceId": "2"}]),  # fmt: skip
    device("DeviceId a list", "Devices[0].DeviceId", '["1"]', DeviceId=["1"]),
    device("DeviceId a fraction", "Devices[0].DeviceId", "1.5", DeviceId=1.5),
    device("DeviceId too long", "Devices[0].DeviceId", "129", DeviceId="d" * 129),
    device("DeviceId with NUL", "Devices[0].DeviceId", "control", DeviceId="a\0b"),
    device("StartStream a word", "Devices[0].StartStream", "maybe", StartStream="maybe"),
    device("StartStream a number", "Devices[0].StartStream", "1", StartStream=1),
    device("RegionId too long", "Devices[0].RegionId", "129", RegionId="r" * 129),
    device("RegionId an object", "Devices[0].RegionId", "{}", RegionId={}),
    device("BitRate without unit", "Devices[0].BitRate", "'4'", "Mbps", BitRate="4"),
    device("BitRate nothing", "Devices[0].BitRate", "'0Mbps'", BitRate="0Mbps"),
    device("BitRate negative", "Devices[0].BitRate", "'-4Mbps'", BitRate="-4Mbps"),
    device("CodingFormat unknown", "Devices[0].CodingFormat", "'H266'", "H264", CodingFormat="H266"),
    device("ResolvingPower a word", "Devices[0].ResolvingPower", "'big'", "1080p", ResolvingPower="big"),
    device("ResolvingPower huge", "Devices[0].ResolvingPower", "'99999p'", ResolvingPower="99999p"),
    wrong("Algorithms empty", "Algorithms", "empty", Algorithms=[]),
    wrong("Algorithms not closed", "Algorithms", '[{"Alg', Algorithms='[{"Alg'),
    wrong("Algorithms nested deeply", "Algorithms", Algorithms=DEEP),
    lacking("no AlgorithmId", "AlgorithmId", Algorithms=[{"AlgorithmName": "face"}]),
    lacking("no AlgorithmName", "AlgorithmName", Algorithms=[{"AlgorithmId": "1"}]),
    wrong("an unknown algorithm", "Algorithms[0].AlgorithmId", "'777'",
          Algorithms=[{"AlgorithmId": "777", "AlgorithmName": "x"}]),  # fmt: skip
    wrong("an algorithm twice", "Algorithms[1]", "'1'", "twice", Algorithms=CREATE["Algorithms"] * 2),
    wrong("17 algorithms", "Algorithms", "17", "16",
          Algorithms=[{"AlgorithmId": str(i), "AlgorithmName": "x"} for i in range(17)]),  # fmt: skip
    wrong("AlgorithmName too long", "Algorithms[0].AlgorithmName", "129",
          Algorithms=[{"AlgorithmId": "1", "AlgorithmName": "x" * 129}]),  # fmt: skip
    wrong("ScheduleDay 2", "ScheduleDay", "'2'", "30", ScheduleDay="2"),
    wrong("ScheduleDay a word", "ScheduleDay", "'EVERYDAY'", ScheduleDay="EVERYDAY"),
    wrong("ScheduleType unknown", "ScheduleType", "'DAILY'", "EVERYDAY", ScheduleType="DAILY"),
    wrong("ScheduleType LONG_RUNNING", "ScheduleType", "'LONG_RUNNING'", ScheduleType="LONG_RUNNING"),
    wrong("Zone unknown", "Zone", "'Mars/Base'", Zone="Mars/Base"),
    wrong("Zone a path", "Zone", "'../../etc/passwd'", Zone="../../etc/passwd"),
    wrong("Zone a path from the root", "Zone", "'/etc/passwd'", Zone="/etc/passwd"),
    lacking("no times for EVERYDAY", "ScheduleTimes", ScheduleTimes=None),
    lacking("no times for EVERY_WEEK", "ScheduleTimes", **WEEK, ScheduleTimes=None),
    lacking("no times for EVERY_MONTH", "ScheduleTimes", **MONTH, ScheduleTimes=None),
    lacking("no days for EVERY_WEEK", "ScheduleCycleDate", ScheduleType="EVERY_WEEK"),
    lacking("no days for EVERY_MONTH", "ScheduleCycleDate", ScheduleType="EVERY_MONTH"),
    *[
        wrong(f"{kind['ScheduleType']} on {day!r}", "ScheduleCycleDate", named, **kind | {"ScheduleCycleDate": day})
        for kind, day, named in [
            (WEEK, "0", "'0'"), (WEEK, "8", "'8'"), (WEEK, "-1", "'-1'"), (WEEK, "1,,2", "''"),
            (WEEK, "Monday", "'Monday'"), (WEEK, "1;2", "'1;2'"), (WEEK, ",", "''"), (WEEK, "1.5", "'1.5'"),
            (MONTH, "32", "'32'"), (MONTH, "-1", "'-1'"), (MONTH, "1,99", "'99'"), (MONTH, BIG, BIG),
        ]
    ],  # fmt: skip
    times("times not closed", '[{"StartTime"', ScheduleTimes='[{"StartTime"'),
    times("times an object", "{}", ScheduleTimes="{}"),
    times("times a number", "5", ScheduleTimes="5"),
    times("times a word", "noon", ScheduleTimes="noon"),
    times("times an empty list", "[]", ScheduleTimes="[]"),
    times("times nested deeply", ScheduleTimes=DEEP),
    times("a window of null", "[0]", "null", ScheduleTimes="[null]"),
    times("a window with a third field", "[0].Day", ScheduleTimes=[windows("10:00:00-11:00:00")[0] | {"Day": 1}]),
    times("a start that is a number", "[0].StartTime", "10",
          ScheduleTimes=[{"StartTime": 10, "EndTime": "11:00:00"}]),  # fmt: skip
    lacking("a window without start", "StartTime", ScheduleTimes=[{"EndTime": "11:00:00"}]),
    lacking("a window without end", "EndTime", ScheduleTimes=[{"StartTime": "11:00:00"}]),
    *[
        times(f"start {start}", "[0].StartTime", named, ScheduleTimes=windows(f"{start}-11:00:00"))
        for start, named in [
            ("25:00:00", "25:00:00"), ("10:60:00", "10:60:00"), ("10:00:60", "10:00:60"), ("9:00:00", "9:00:00"),
            ("10:00", "10:00"), ("24:00:00", "24:00:00"), ("1０:00:00", "1０:00:00"),
        ]
    ],  # fmt: skip
    times("an end past midnight", "[0].EndTime", "24:00:01", ScheduleTimes=windows("10:00:00-24:00:01")),
    times("equal times", "[0]", "10:00:00", ScheduleTimes=windows("10:00:00-10:00:00")),
    times("equal times of ONCE", "[0]", "10:00:00", ScheduleType="ONCE", ScheduleTimes=windows("10:00:00-10:00:00")),
    times("overlap", "10:00:00-12:00:00", "11:00:00-13:00:00", "overlap",
          ScheduleTimes=windows("11:00:00-13:00:00", "10:00:00-12:00:00")),  # fmt: skip
    times("overlap by a second", "overlap", ScheduleTimes=windows("10:00:00-11:00:01", "11:00:00-12:00:00")),
    times("a window twice", "overlap", ScheduleTimes=windows("10:00:00-11:00:00", "10:00:00-11:00:00")),
    times("overlap over midnight", "22:00:00-02:00:00", "01:00:00-03:00:00", "overlap",
          ScheduleTimes=windows("22:00:00-02:00:00", "01:00:00-03:00:00")),  # fmt: skip
    times("overlap over midnight from Sunday to Monday", "overlap", kind=WEEK, ScheduleCycleDate="1,7",
          ScheduleTimes=windows("22:00:00-02:00:00", "01:00:00-03:00:00")),  # fmt: skip
    times("overlap over midnight from the 31st to the 1st", "overlap", kind=MONTH, ScheduleCycleDate="1,31",
          ScheduleTimes=windows("22:00:00-02:00:00", "01:00:00-03:00:00")),  # fmt: skip
    times("overlap over midnight from the 28th to the 1st", "overlap", kind=MONTH, ScheduleCycleDate="1,28",
          ScheduleTimes=windows("22:00:00-02:00:00", "01:00:00-03:00:00")),  # fmt: skip
    times("289 windows", "289", "288",
          ScheduleTimes=windows(*(f"{i // 60:02}:{i % 60:02}:00-{i // 60:02}:{i % 60:02}:30" for i in range(289)))),
    wrong("IsPolling a word", "IsPolling", "yes", "true", IsPolling="yes"),
    wrong("IsPolling a word", "IsPolling", "yes", IsPolling="yes"),
    lacking("polling without n", "SliceExecutionTime", **changed(POLLING, SliceExecutionTime=None)),
    lacking("polling without m", "OverallExecutionTime", **changed(POLLING, OverallExecutionTime=None)),
    *[
        wrong(f"{name} {value!r}", name, value, **POLLING | {name: value})
        for name in ("SliceExecutionTime", "OverallExecutionTime")
        for value in ("0", "-1", "1.5", "1e2", " 60", "６０", "ten", "99999999", BIG)
    ],
    wrong("a slice longer than its round", "SliceExecutionTime", "601", "600",
          **POLLING | {"SliceExecutionTime": "601"}),  # fmt: skip
    wrong("ComputePictureType fps", "ComputePictureType", "'fps'", "spf", ComputePictureType="fps"),
    *[
        wrong(f"ComputePictureValue {value!r}", "ComputePictureValue", value, ComputePictureValue=value)
        for value in ("0", "3601", "-1", "0.5", "x", BIG)
    ],
    wrong("IsFrameExtraction 2", "IsFrameExtraction", "'2'", IsFrameExtraction="2"),
    wrong("IsFrameExtraction a boolean", "IsFrameExtraction", "'true'", IsFrameExtraction="true"),
    twice("InstanceName twice", "CreateComputeInstance", ITEMS + [("InstanceName", "x")], "InstanceName", "'gate'",
          "'x'"),  # fmt: skip
    twice("Devices twice", "CreateComputeInstance", ITEMS + [("Devices", "[]")], "Devices"),
    twice("Devices in both forms", "CreateComputeInstance", ITEMS + [("Devices.1.DeviceId", "2")], "Devices"),
    twice("Devices.1.DeviceId twice", "CreateComputeInstance",
          NO_DEVICES + [("Devices.1.DeviceId", "1"), ("Devices.1.DeviceId", "2")], "Devices.1.DeviceId"),  # fmt: skip
    failed("Devices from 2 on", "CreateComputeInstance",
           NO_DEVICES + [("Devices.2.DeviceId", "1"), ("Devices.2.StartStream", "true")], "Devices.2"),  # fmt: skip
    failed("Devices from 0 on", "CreateComputeInstance",
           NO_DEVICES + [("Devices.0.DeviceId", "1"), ("Devices.0.StartStream", "true")], "Devices.0"),  # fmt: skip
    ("Devices.1 without StartStream", "CreateComputeInstance", NO_DEVICES + [("Devices.1.DeviceId", "1")], 400,
     "MissingStartStream", ["StartStream"]),  # fmt: skip
]


def ids(what: str, action: str, name: str, value, *said: str) -> tuple:
    return failed(what, action, {name: value}, name, *said)


def whole(action: str, fields: dict, name: str, *values: str) -> list[tuple]:
    """Each is no whole number in range."""
    return [failed(f"{name} {value!r}", action, fields | {name: value}, name, value) for value in values]


INSTANCE_ROWS = [
    *absent("BatchDeleteInstance", {"InstanceIds": "1"}, "InstanceIds"),
    ids("an unknown id", "BatchDeleteInstance", "InstanceIds", '["424242"]', "'424242'"),
    ids("an unknown id beside a known one", "BatchDeleteInstance", "InstanceIds", '["1","424242"]', "'424242'"),
    ids("a deleted id", "BatchDeleteInstance", "InstanceIds", '["3"]', "'3'"),
    ids("another project's id", "BatchDeleteInstance", "InstanceIds", '["2"]', "'2'"),
    ids("an id that is a word", "BatchDeleteInstance", "InstanceIds", '["abc"]', "'abc'"),
    ids("an id with a blank", "BatchDeleteInstance", "InstanceIds", '[" 1"]', "' 1'"),
    ids("an id that is a fraction", "BatchDeleteInstance", "InstanceIds", "[1.5]", "1.5"),
    ids("an id that is null", "BatchDeleteInstance", "InstanceIds", "[null]", "null"),
    ids("an id that is a list", "BatchDeleteInstance", "InstanceIds", "[[1]]", "[1]"),
    ids("an id beyond 64 bits", "BatchDeleteInstance", "InstanceIds", f'["{BIG}"]', BIG),
    ids("an id of 64 bits without sign", "BatchDeleteInstance", "InstanceIds", "[18446744073709551615]",
        "18446744073709551615"),  # fmt: skip
    ids("ids not closed", "BatchDeleteInstance", "InstanceIds", '["1"', '["1"'),
    ids("ids an object", "BatchDeleteInstance", "InstanceIds", '{"a":1}', '{"a":1}'),
    ids("ids nested deeply", "BatchDeleteInstance", "InstanceIds", DEEP),
    failed("ids from 2 on", "BatchDeleteInstance", [("InstanceIds.2", "1")], "InstanceIds.2"),
    twice("ids in both forms", "BatchDeleteInstance", [("InstanceIds", '["1"]'), ("InstanceIds.1", "1")],
          "InstanceIds"),  # fmt: skip
    failed("another ProjectId", "BatchDeleteInstance", {"InstanceIds": '["1"]', "ProjectId": "9"}, "ProjectId", "'9'"),
    *whole("ListInstances", {}, "PageSize", "0", "-1", "101", "ten", "1.5", "1e1", " 5", BIG),
    *whole("ListInstances", {}, "CurrentPage", "0", "-1", "x", "1000001", BIG),
    failed("another ProjectId", "ListInstances", {"ProjectId": "9"}, "ProjectId", "'9'"),
    failed("a name that is too long", "ListInstances", {"InstanceName": "n" * 129}, "InstanceName", "129"),
    twice("PageSize twice", "ListInstances", [("PageSize", "5"), ("PageSize", "6")], "PageSize", "'5'", "'6'"),
    *absent("DescribeComputeInstance", {"InstanceId": "1"}, "InstanceId"),
    *whole("DescribeComputeInstance", {}, "InstanceId", "0", "-1", "abc", "424242", "2", "3", BIG),
    *whole("ListSlices", {}, "InstanceId", "0", "abc", "424242", "2", "3"),
    *whole("ListSlices", {}, "PageSize", "0", "101"),
    *whole("ListSlices", {}, "CurrentPage", "0", "101"),
    failed("no token", "ListSlices", {"NextToken": "x"}, "NextToken", "'x'"),
    failed("a token and a page", "ListSlices", {"NextToken": "WzFd", "CurrentPage": "2"}, "CurrentPage", "NextToken"),
    *whole("ListSlices", {}, "From", "yesterday", "2026-13-01T00:00:00Z", "2026-03-01", "2026-03-01T02:00:00", "-1"),
    *whole("ListSlices", {}, "To", "tomorrow", "2026-03-01T25:00:00Z"),
    failed("an outcome that is none", "ListSlices", {"Outcome": "lost"}, "Outcome", "'lost'", "missed"),
    *whole("ListFindings", {}, "InstanceId", "0", "abc", "424242", "2"),
    *whole("ListFindings", {}, "PageSize", "0", "101", "x"),
    *whole("ListFindings", {}, "From", "x"),
    *absent("GetFindingPicture", {"FindingId": "1"}, "FindingId"),
    *whole("GetFindingPicture", {}, "FindingId", "0", "abc", "424242"),
]

DEVICE_ROWS = [
    *absent("CreateDevice", DEVICE, "CorpId", "DeviceType", "DataSourceType", "DeviceName", "DeviceAddress"),
    failed("DeviceType unknown", "CreateDevice", changed(DEVICE, DeviceType="CAM"), "DeviceType", "'CAM'", "IPC"),
    failed("DataSourceType unknown", "CreateDevice", changed(DEVICE, DataSourceType="AUDIO"), "DataSourceType",
           "'AUDIO'", "VIDEO"),  # fmt: skip
    ("an NVR without its count", "CreateDevice", changed(DEVICE, DeviceType="NVR"), 400, "MissingSubDeviceCount",
     ["SubDeviceCount is mandatory for this action."]),
    *whole("CreateDevice", changed(DEVICE, DeviceType="NVR"), "SubDeviceCount", "0", "x", "10001"),
    failed("another project", "CreateDevice", changed(DEVICE, CorpId="9"), "CorpId", "'9'"),
    failed("a DeviceId that is there", "CreateDevice", changed(DEVICE, DeviceId="own-cam"), "DeviceId", "'own-cam'"),
    failed("a DeviceId that is too long", "CreateDevice", changed(DEVICE, DeviceId="d" * 129), "DeviceId", "129"),
    failed("a DeviceId with a line feed", "CreateDevice", changed(DEVICE, DeviceId="a\nb"), "DeviceId"),
    failed("a DeviceName that is too long", "CreateDevice", changed(DEVICE, DeviceName="n" * 129), "DeviceName", "129"),
    failed("a DeviceName with a control", "CreateDevice", changed(DEVICE, DeviceName="a\x1bb"), "DeviceName"),
    *[
        failed(f"DeviceAddress {url}", "CreateDevice", changed(DEVICE, DeviceAddress=url), "DeviceAddress")
        for url in ("gate", "rtsp://", "ftp://192.0.2.7/x", "file:///etc/passwd", "pictures:///etc",
                    f"gopher://admin:{PASSWORD}@192.0.2.7/x", "rtsp://192.0.2.7/\nx", "FILE:///etc/passwd")
    ],  # fmt: skip
    *whole("DescribeDevices", {}, "PageSize", "0", "101", "x"),
    *whole("DescribeDevices", {}, "PageNum", "0", "x"),
    failed("ids an object", "DescribeDevices", {"DeviceIdList": "{}"}, "DeviceIdList", "{}"),
    failed("ids nested deeply", "DescribeDevices", {"DeviceIdList": DEEP}, "DeviceIdList"),
    *absent("DeleteDevices", {"DeviceIdList": "own-cam"}, "DeviceIdList"),
    failed("an unknown device", "DeleteDevices", {"DeviceIdList": "nobody"}, "DeviceIdList", "'nobody'"),
    failed("another project's device", "DeleteDevices", {"DeviceIdList": "other-cam"}, "DeviceIdList", "'other-cam'"),
    failed("a device in use", "DeleteDevices", {"DeviceIdList": '["own-cam"]'}, "DeviceIdList", "'own-cam'",
           "instance 1"),  # fmt: skip
    failed("ids not closed", "DeleteDevices", {"DeviceIdList": '["own-cam"'}, "DeviceIdList", '["own-cam"'),
    *absent("AddDataSource", SOURCE, "CorpId", "DataSourceName", "DataSourceType", "Url"),
    failed("DataSourceType unknown", "AddDataSource", changed(SOURCE, DataSourceType="IPC"), "DataSourceType", "'IPC'"),
    failed("another project", "AddDataSource", changed(SOURCE, CorpId="9"), "CorpId", "'9'"),
    failed("a name that is too long", "AddDataSource", changed(SOURCE, DataSourceName="n" * 129), "DataSourceName"),
    failed("Url a file", "AddDataSource", changed(SOURCE, Url="file:///etc/passwd"), "Url"),
    failed("Url a word", "AddDataSource", changed(SOURCE, Url="mall"), "Url"),
    *absent("DeleteDataSources", {"DataSourceIdList": "ds_1"}, "DataSourceIdList"),
    failed("an unknown source", "DeleteDataSources", {"DataSourceIdList": "ds_1"}, "DataSourceIdList", "'ds_1'"),
]

STREAM_ROWS = [
    row
    for action in ("StartStreams", "StopStreams")
    for row in (
        failed("an unknown device", action, {"DeviceIdList": "nobody"}, "DeviceIdList", "'nobody'"),
        failed("an unknown device beside a known one", action, {"DeviceIdList": "own-cam,nobody"}, "DeviceIdList",
               "'nobody'"),
        failed("another project's device", action, {"DeviceIdList": "other-cam"}, "DeviceIdList", "'other-cam'"),
        failed("ids not closed", action, {"DeviceIdList": '["own-cam"'}, "DeviceIdList", '["own-cam"'),
        failed("ids nested deeply", action, {"DeviceIdList": DEEP}, "DeviceIdList"),
        failed("an empty id", action, {"DeviceIdList": "own-cam,"}, "DeviceIdList", "''"),
    )
]  # fmt: skip
EVENTS = {"CorpId": "2"}
EVENT_ROWS = [
    *absent("ListEventAlgorithmDetails", EVENTS, "CorpId"),
    failed("another project", "ListEventAlgorithmDetails", {"CorpId": "9"}, "CorpId", "'9'"),
    *whole("ListEventAlgorithmDetails", EVENTS, "PageSize", "0", "101", "x"),
    *whole("ListEventAlgorithmDetails", EVENTS, "PageNumber", "0", "x"),
    *whole("ListEventAlgorithmDetails", EVENTS, "StartTime", "x", "2026-02-30T00:00:00Z"),
    *whole("ListEventAlgorithmDetails", EVENTS, "EndTime", "x"),
]

ROWS = STREAM_ROWS + EVENT_ROWS + CREATE_ROWS + INSTANCE_ROWS + DEVICE_ROWS
