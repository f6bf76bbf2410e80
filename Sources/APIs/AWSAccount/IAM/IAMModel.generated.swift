// Made by scripts/make_service_model.py from botocore's description of AWS's services (Apache License 2.0).
// swift-format-ignore-file

import AWS

extension ServiceModel {
    static let iam = ServiceModel(
        inputs: #"{"CreateRole":0,"GetRole":12,"ListRoles":13,"DeleteRole":17,"UpdateRole":18,"UpdateRoleDescription":20,"UpdateAssumeRolePolicy":21,"TagRole":22,"UntagRole":23,"ListRoleTags":25,"ListInstanceProfilesForRole":26,"CreateServiceLinkedRole":27,"DeleteServiceLinkedRole":29,"GetServiceLinkedRoleDeletionStatus":30,"AttachRolePolicy":32,"DetachRolePolicy":33,"ListAttachedRolePolicies":34,"PutRolePolicy":36,"GetRolePolicy":37,"ListRolePolicies":38,"DeleteRolePolicy":39,"CreatePolicy":40,"GetPolicy":42,"ListPolicies":43,"DeletePolicy":46,"CreatePolicyVersion":47,"GetPolicyVersion":48,"ListPolicyVersions":50,"DeletePolicyVersion":51,"SetDefaultPolicyVersion":52,"SimulatePrincipalPolicy":53}"#,
        shapes: #"""
            {"t":"S","m":[["Path",1],["RoleName",2],["AssumeRolePolicyDocument",3],["Description",4],["MaxSessionDuration",5],["MaxSigninSessionDuration",6],["PermissionsBoundary",7],["Tags",11]],"r":["RoleName","AssumeRolePolicyDocument"]}
            {"min":1,"max":512,"pattern":"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)","t":"s"}
            {"min":1,"max":64,"pattern":"[\\w+=,.@-]+","t":"s"}
            {"min":1,"max":131072,"pattern":"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+","t":"s"}
            {"max":1000,"pattern":"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*","t":"s"}
            {"min":3600,"max":43200,"t":"i"}
            {"min":3600,"max":7776000,"t":"i"}
            {"min":20,"max":2048,"t":"s"}
            {"t":"S","m":[["Key",9],["Value",10]],"r":["Key","Value"]}
            {"min":1,"max":128,"pattern":"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+","t":"s"}
            {"min":0,"max":256,"pattern":"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*","t":"s"}
            {"max":50,"t":"L","e":8}
            {"t":"S","m":[["RoleName",2]],"r":["RoleName"]}
            {"t":"S","m":[["PathPrefix",14],["Marker",15],["MaxItems",16]]}
            {"min":1,"max":512,"pattern":"\\u002F[\\u0021-\\u007F]*","t":"s"}
            {"min":1,"max":320,"pattern":"[\\u0020-\\u00FF]+","t":"s"}
            {"min":1,"max":1000,"t":"i"}
            {"t":"S","m":[["RoleName",2]],"r":["RoleName"]}
            {"t":"S","m":[["RoleName",2],["Description",4],["MaxSessionDuration",5],["MaxSigninSessionDuration",6],["ResetMaxSigninSessionDuration",19]],"r":["RoleName"]}
            {"t":"b"}
            {"t":"S","m":[["RoleName",2],["Description",4]],"r":["RoleName","Description"]}
            {"t":"S","m":[["RoleName",2],["PolicyDocument",3]],"r":["RoleName","PolicyDocument"]}
            {"t":"S","m":[["RoleName",2],["Tags",11]],"r":["RoleName","Tags"]}
            {"t":"S","m":[["RoleName",2],["TagKeys",24]],"r":["RoleName","TagKeys"]}
            {"max":50,"t":"L","e":9}
            {"t":"S","m":[["RoleName",2],["Marker",15],["MaxItems",16]],"r":["RoleName"]}
            {"t":"S","m":[["RoleName",2],["Marker",15],["MaxItems",16]],"r":["RoleName"]}
            {"t":"S","m":[["AWSServiceName",28],["Description",4],["CustomSuffix",2]],"r":["AWSServiceName"]}
            {"min":1,"max":128,"pattern":"[\\w+=,.@-]+","t":"s"}
            {"t":"S","m":[["RoleName",2]],"r":["RoleName"]}
            {"t":"S","m":[["DeletionTaskId",31]],"r":["DeletionTaskId"]}
            {"min":1,"max":1000,"t":"s"}
            {"t":"S","m":[["RoleName",2],["PolicyArn",7]],"r":["RoleName","PolicyArn"]}
            {"t":"S","m":[["RoleName",2],["PolicyArn",7]],"r":["RoleName","PolicyArn"]}
            {"t":"S","m":[["RoleName",2],["PathPrefix",35],["Marker",15],["MaxItems",16]],"r":["RoleName"]}
            {"min":1,"max":512,"pattern":"((/[A-Za-z0-9\\.,\\+@=_-]+)*)/","t":"s"}
            {"t":"S","m":[["RoleName",2],["PolicyName",28],["PolicyDocument",3]],"r":["RoleName","PolicyName","PolicyDocument"]}
            {"t":"S","m":[["RoleName",2],["PolicyName",28]],"r":["RoleName","PolicyName"]}
            {"t":"S","m":[["RoleName",2],["Marker",15],["MaxItems",16]],"r":["RoleName"]}
            {"t":"S","m":[["RoleName",2],["PolicyName",28]],"r":["RoleName","PolicyName"]}
            {"t":"S","m":[["PolicyName",28],["Path",35],["PolicyDocument",3],["Description",41],["Tags",11]],"r":["PolicyName","PolicyDocument"]}
            {"max":1000,"t":"s"}
            {"t":"S","m":[["PolicyArn",7]],"r":["PolicyArn"]}
            {"t":"S","m":[["Scope",44],["OnlyAttached",19],["PathPrefix",35],["PolicyUsageFilter",45],["Marker",15],["MaxItems",16]]}
            {"t":"s","enum":["All","AWS","Local"]}
            {"t":"s","enum":["PermissionsPolicy","PermissionsBoundary"]}
            {"t":"S","m":[["PolicyArn",7]],"r":["PolicyArn"]}
            {"t":"S","m":[["PolicyArn",7],["PolicyDocument",3],["SetAsDefault",19]],"r":["PolicyArn","PolicyDocument"]}
            {"t":"S","m":[["PolicyArn",7],["VersionId",49]],"r":["PolicyArn","VersionId"]}
            {"pattern":"v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?","t":"s"}
            {"t":"S","m":[["PolicyArn",7],["Marker",15],["MaxItems",16]],"r":["PolicyArn"]}
            {"t":"S","m":[["PolicyArn",7],["VersionId",49]],"r":["PolicyArn","VersionId"]}
            {"t":"S","m":[["PolicyArn",7],["VersionId",49]],"r":["PolicyArn","VersionId"]}
            {"t":"S","m":[["PolicySourceArn",7],["PolicyInputList",54],["PermissionsBoundaryPolicyInputList",54],["PolicyExclusionList",59],["ActionNames",61],["ResourceArns",63],["ResourcePolicy",3],["ResourceOwner",62],["CallerArn",62],["ContextEntries",69],["ResourceHandlingOption",70],["MaxItems",16],["Marker",15]],"r":["PolicySourceArn","ActionNames"]}
            {"t":"L","e":3}
            {"t":"S","m":[["PolicyType",56],["PolicyArn",7],["InlinePolicyIdentifier",57]]}
            {"t":"s","enum":["inline","aws-managed","user-managed","permission-boundary","scp","rcp"]}
            {"t":"S","m":[["PolicyName",28],["AttachmentType",58],["AttachmentName",28]],"r":["PolicyName","AttachmentType","AttachmentName"]}
            {"t":"s","enum":["user","group","role"]}
            {"max":256,"t":"L","e":55}
            {"min":3,"max":128,"t":"s"}
            {"t":"L","e":60}
            {"min":1,"max":2048,"t":"s"}
            {"t":"L","e":62}
            {"t":"S","m":[["ContextKeyName",65],["ContextKeyValues",67],["ContextKeyType",68]]}
            {"min":5,"max":256,"t":"s"}
            {"t":"s"}
            {"t":"L","e":66}
            {"t":"s","enum":["string","stringList","numeric","numericList","boolean","booleanList","ip","ipList","binary","binaryList","date","dateList"]}
            {"t":"L","e":64}
            {"min":1,"max":64,"t":"s"}
            """#,
        inputError: "ValidationError"
    )
}
