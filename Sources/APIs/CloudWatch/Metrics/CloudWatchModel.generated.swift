// Made by scripts/make_service_model.py from botocore's description of AWS's services (Apache License 2.0).
// swift-format-ignore-file

import AWS

extension ServiceModel {
    static let cloudWatch = ServiceModel(
        inputs: #"{"GetMetricStatistics":0,"ListMetrics":13}"#,
        shapes: #"""
            {"t":"S","m":[["Namespace",1],["MetricName",2],["Dimensions",5],["StartTime",6],["EndTime",6],["Period",7],["Statistics",9],["ExtendedStatistics",11],["Unit",12]],"r":["Namespace","MetricName","StartTime","EndTime","Period"]}
            {"min":1,"max":255,"pattern":"[^:].*","t":"s"}
            {"min":1,"max":255,"t":"s"}
            {"t":"S","m":[["Name",2],["Value",4]],"r":["Name","Value"]}
            {"min":1,"max":1024,"t":"s"}
            {"max":30,"t":"L","e":3}
            {"t":"t"}
            {"min":1,"t":"i"}
            {"t":"s","enum":["SampleCount","Average","Sum","Minimum","Maximum"]}
            {"min":1,"max":5,"t":"L","e":8}
            {"t":"s"}
            {"min":1,"max":10,"t":"L","e":10}
            {"t":"s","enum":["Seconds","Microseconds","Milliseconds","Bytes","Kilobytes","Megabytes","Gigabytes","Terabytes","Bits","Kilobits","Megabits","Gigabits","Terabits","Percent","Count","Bytes/Second","Kilobytes/Second","Megabytes/Second","Gigabytes/Second","Terabytes/Second","Bits/Second","Kilobits/Second","Megabits/Second","Gigabits/Second","Terabits/Second","Count/Second","None"]}
            {"t":"S","m":[["Namespace",1],["MetricName",2],["Dimensions",15],["NextToken",10],["RecentlyActive",16],["IncludeLinkedAccounts",17],["OwningAccount",2]]}
            {"t":"S","m":[["Name",2],["Value",4]],"r":["Name"]}
            {"max":10,"t":"L","e":14}
            {"t":"s","enum":["PT3H"]}
            {"t":"b"}
            """#,
        inputError: "ValidationError"
    )
}
