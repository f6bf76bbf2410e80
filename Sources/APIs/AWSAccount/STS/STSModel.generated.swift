// Made by scripts/make_service_model.py from botocore's description of AWS's services (Apache License 2.0).
// swift-format-ignore-file

import AWS

extension ServiceModel {
    static let sts = ServiceModel(
        inputs: #"{"GetCallerIdentity":0,"AssumeRole":1,"GetSessionToken":21,"GetAccessKeyInfo":23}"#,
        shapes: #"""
            {"t":"S"}
            {"t":"S","m":[["RoleArn",2],["RoleSessionName",3],["PolicyArns",5],["Policy",6],["DurationSeconds",7],["Tags",11],["TransitiveTagKeys",12],["ExternalId",13],["SerialNumber",14],["TokenCode",15],["SourceIdentity",16],["ProvidedContexts",19],["MinimumSessionTokenSize",20]],"r":["RoleArn","RoleSessionName"]}
            {"min":20,"max":2048,"pattern":"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+","t":"s"}
            {"min":2,"max":64,"pattern":"[\\w+=,.@-]*","t":"s"}
            {"t":"S","m":[["arn",2]]}
            {"t":"L","e":4}
            {"min":1,"pattern":"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+","t":"s"}
            {"min":900,"max":43200,"t":"i"}
            {"t":"S","m":[["Key",9],["Value",10]],"r":["Key","Value"]}
            {"min":1,"max":128,"pattern":"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+","t":"s"}
            {"min":0,"max":256,"pattern":"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*","t":"s"}
            {"max":50,"t":"L","e":8}
            {"max":50,"t":"L","e":9}
            {"min":2,"max":1224,"pattern":"[\\w+=,.@:\\/-]*","t":"s"}
            {"min":9,"max":256,"pattern":"[\\w+=/:,.@-]*","t":"s"}
            {"min":6,"max":6,"pattern":"[\\d]*","t":"s"}
            {"min":2,"max":256,"pattern":"[\\w+=,.@-]*","t":"s"}
            {"t":"S","m":[["ProviderArn",2],["ContextAssertion",18]]}
            {"min":4,"max":3072,"t":"s"}
            {"min":1,"max":5,"t":"L","e":17}
            {"min":0,"max":4096,"t":"i"}
            {"t":"S","m":[["DurationSeconds",22],["SerialNumber",14],["TokenCode",15],["MinimumSessionTokenSize",20]]}
            {"min":900,"max":129600,"t":"i"}
            {"t":"S","m":[["AccessKeyId",24]],"r":["AccessKeyId"]}
            {"min":16,"max":128,"pattern":"[\\w]*","t":"s"}
            """#,
        inputError: "ValidationError"
    )
}
