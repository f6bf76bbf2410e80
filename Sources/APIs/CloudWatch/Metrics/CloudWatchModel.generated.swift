// Made by scripts/make_service_model.py from botocore's description of AWS's services (Apache License 2.0).
// swift-format-ignore-file

import AWS

extension ServiceModel {
    static let cloudWatch = ServiceModel(
        inputs: #"{"GetMetricData":0,"GetMetricStatistics":19,"ListMetrics":23}"#,
        shapes: #"""
            {"t":"S","m":[["MetricDataQueries",14],["StartTime",15],["EndTime",15],["NextToken",10],["ScanBy",16],["MaxDatapoints",17],["LabelOptions",18]],"r":["MetricDataQueries","StartTime","EndTime"]}
            {"t":"S","m":[["Id",2],["MetricStat",3],["Expression",12],["Label",10],["ReturnData",13],["Period",9],["AccountId",2]],"r":["Id"]}
            {"min":1,"max":255,"t":"s"}
            {"t":"S","m":[["Metric",4],["Period",9],["Stat",10],["Unit",11]],"r":["Metric","Period","Stat"]}
            {"t":"S","m":[["Namespace",5],["MetricName",2],["Dimensions",8]]}
            {"min":1,"max":255,"pattern":"[^:].*","t":"s"}
            {"t":"S","m":[["Name",2],["Value",7]],"r":["Name","Value"]}
            {"min":1,"max":1024,"t":"s"}
            {"max":30,"t":"L","e":6}
            {"min":1,"t":"i"}
            {"t":"s"}
            {"t":"s","enum":["Seconds","Microseconds","Milliseconds","Bytes","Kilobytes","Megabytes","Gigabytes","Terabytes","Bits","Kilobits","Megabits","Gigabits","Terabits","Percent","Count","Bytes/Second","Kilobytes/Second","Megabytes/Second","Gigabytes/Second","Terabytes/Second","Bits/Second","Kilobits/Second","Megabits/Second","Gigabits/Second","Terabits/Second","Count/Second","None"]}
            {"min":1,"max":2048,"t":"s"}
            {"t":"b"}
            {"t":"L","e":1}
            {"t":"t"}
            {"t":"s","enum":["TimestampDescending","TimestampAscending"]}
            {"t":"i"}
            {"t":"S","m":[["Timezone",10]]}
            {"t":"S","m":[["Namespace",5],["MetricName",2],["Dimensions",8],["StartTime",15],["EndTime",15],["Period",9],["Statistics",21],["ExtendedStatistics",22],["Unit",11]],"r":["Namespace","MetricName","StartTime","EndTime","Period"]}
            {"t":"s","enum":["SampleCount","Average","Sum","Minimum","Maximum"]}
            {"min":1,"max":5,"t":"L","e":20}
            {"min":1,"max":10,"t":"L","e":10}
            {"t":"S","m":[["Namespace",5],["MetricName",2],["Dimensions",25],["NextToken",10],["RecentlyActive",26],["IncludeLinkedAccounts",13],["OwningAccount",2]]}
            {"t":"S","m":[["Name",2],["Value",7]],"r":["Name"]}
            {"max":10,"t":"L","e":24}
            {"t":"s","enum":["PT3H"]}
            """#,
        inputError: "ValidationError"
    )
}
