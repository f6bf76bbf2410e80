// Made by scripts/make_service_model.py from botocore's description of AWS's services (Apache License 2.0).
// swift-format-ignore-file

import AWS

extension ServiceModel {
    static let logs = ServiceModel(
        inputs: #"{"DescribeLogGroups":0,"DescribeLogStreams":11,"GetLogEvents":14,"FilterLogEvents":17,"CreateLogGroup":20,"CreateLogStream":25,"PutLogEvents":26,"DeleteLogGroup":35,"DeleteLogStream":36,"ListTagsForResource":37}"#,
        shapes: #"""
            {"t":"S","m":[["accountIdentifiers",2],["logGroupNamePrefix",3],["logGroupNamePattern",4],["nextToken",5],["limit",6],["includeLinkedAccounts",7],["logGroupClass",8],["logGroupIdentifiers",10]]}
            {"min":12,"max":12,"pattern":"^\\d{12}$","t":"s"}
            {"min":0,"max":20,"t":"L","e":1}
            {"min":1,"max":512,"pattern":"[\\.\\-_/#A-Za-z0-9]+","t":"s"}
            {"min":0,"max":512,"pattern":"[\\.\\-_/#A-Za-z0-9]*","t":"s"}
            {"min":1,"t":"s"}
            {"min":1,"max":50,"t":"i"}
            {"t":"b"}
            {"t":"s","enum":["STANDARD","INFREQUENT_ACCESS","DELIVERY","ESSENTIALS"]}
            {"min":1,"max":2048,"pattern":"[\\w#+=/:,.@-]*","t":"s"}
            {"min":1,"max":50,"t":"L","e":9}
            {"t":"S","m":[["logGroupName",3],["logGroupIdentifier",9],["logStreamNamePrefix",12],["orderBy",13],["descending",7],["nextToken",5],["limit",6]]}
            {"min":1,"max":512,"pattern":"[^:*]*","t":"s"}
            {"t":"s","enum":["LogStreamName","LastEventTime"]}
            {"t":"S","m":[["logGroupName",3],["logGroupIdentifier",9],["logStreamName",12],["startTime",15],["endTime",15],["nextToken",5],["limit",16],["startFromHead",7],["unmask",7]],"r":["logStreamName"]}
            {"min":0,"t":"l"}
            {"min":1,"max":10000,"t":"i"}
            {"t":"S","m":[["logGroupName",3],["logGroupIdentifier",9],["logStreamNames",18],["logStreamNamePrefix",12],["startTime",15],["endTime",15],["filterPattern",19],["nextToken",5],["limit",16],["startFromHead",7],["interleaved",7],["unmask",7]]}
            {"min":1,"max":100,"t":"L","e":12}
            {"min":0,"max":1024,"t":"s"}
            {"t":"S","m":[["logGroupName",3],["kmsKeyId",21],["tags",24],["logGroupClass",8],["deletionProtectionEnabled",7]],"r":["logGroupName"]}
            {"max":256,"t":"s"}
            {"min":1,"max":128,"pattern":"^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$","t":"s"}
            {"max":256,"pattern":"^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$","t":"s"}
            {"min":1,"max":50,"t":"M","k":22,"e":23}
            {"t":"S","m":[["logGroupName",3],["logStreamName",12]],"r":["logGroupName","logStreamName"]}
            {"t":"S","m":[["logGroupName",3],["logStreamName",12],["logEvents",28],["sequenceToken",5],["entity",29]],"r":["logGroupName","logStreamName","logEvents"]}
            {"t":"S","m":[["timestamp",15],["message",5]],"r":["timestamp","message"]}
            {"min":1,"max":10000,"t":"L","e":27}
            {"t":"S","m":[["keyAttributes",32],["attributes",34]]}
            {"min":1,"max":32,"t":"s"}
            {"min":1,"max":512,"t":"s"}
            {"min":2,"max":4,"t":"M","k":30,"e":31}
            {"min":1,"max":256,"t":"s"}
            {"min":0,"max":10,"t":"M","k":33,"e":31}
            {"t":"S","m":[["logGroupName",3]],"r":["logGroupName"]}
            {"t":"S","m":[["logGroupName",3],["logStreamName",12]],"r":["logGroupName","logStreamName"]}
            {"t":"S","m":[["resourceArn",38]],"r":["resourceArn"]}
            {"min":1,"max":1011,"pattern":"[\\w+=/:,.@-]*","t":"s"}
            """#,
        inputError: "InvalidParameterException"
    )
}
