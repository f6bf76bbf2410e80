// Made by scripts/make_service_model.py from botocore's description of AWS's services (Apache License 2.0).
// swift-format-ignore-file

import AWS

extension ServiceModel {
    static let serviceQuotas = ServiceModel(
        inputs: #"{"ListServices":0,"ListServiceQuotas":3,"ListAWSDefaultServiceQuotas":7,"GetServiceQuota":8,"GetAWSDefaultServiceQuota":10,"RequestServiceQuotaIncrease":11,"GetRequestedServiceQuotaChange":14,"ListRequestedServiceQuotaChangeHistory":16,"ListRequestedServiceQuotaChangeHistoryByQuota":18}"#,
        shapes: #"""
            {"t":"S","m":[["NextToken",1],["MaxResults",2]]}
            {"max":2048,"pattern":"^[a-zA-Z0-9/+]*={0,2}$","t":"s"}
            {"min":1,"max":100,"t":"i"}
            {"t":"S","m":[["ServiceCode",4],["NextToken",1],["MaxResults",2],["QuotaCode",5],["QuotaAppliedAtLevel",6]],"r":["ServiceCode"]}
            {"min":1,"max":63,"pattern":"[a-zA-Z][a-zA-Z0-9-]{1,63}","t":"s"}
            {"min":1,"max":128,"pattern":"[a-zA-Z][a-zA-Z0-9-]{1,128}","t":"s"}
            {"t":"s","enum":["ACCOUNT","RESOURCE","ALL"]}
            {"t":"S","m":[["ServiceCode",4],["NextToken",1],["MaxResults",2]],"r":["ServiceCode"]}
            {"t":"S","m":[["ServiceCode",4],["QuotaCode",5],["ContextId",9]],"r":["ServiceCode","QuotaCode"]}
            {"t":"s"}
            {"t":"S","m":[["ServiceCode",4],["QuotaCode",5]],"r":["ServiceCode","QuotaCode"]}
            {"t":"S","m":[["ServiceCode",4],["QuotaCode",5],["DesiredValue",12],["ContextId",9],["SupportCaseAllowed",13]],"r":["ServiceCode","QuotaCode","DesiredValue"]}
            {"min":0,"max":10000000000,"t":"d"}
            {"t":"b"}
            {"t":"S","m":[["RequestId",15]],"r":["RequestId"]}
            {"min":1,"max":128,"pattern":"[0-9a-zA-Z][a-zA-Z0-9-]{1,128}","t":"s"}
            {"t":"S","m":[["ServiceCode",4],["Status",17],["NextToken",1],["MaxResults",2],["QuotaRequestedAtLevel",6]]}
            {"t":"s","enum":["PENDING","CASE_OPENED","APPROVED","DENIED","CASE_CLOSED","NOT_APPROVED","INVALID_REQUEST"]}
            {"t":"S","m":[["ServiceCode",4],["QuotaCode",5],["Status",17],["NextToken",1],["MaxResults",2],["QuotaRequestedAtLevel",6]],"r":["ServiceCode","QuotaCode"]}
            """#,
        inputError: "ValidationException"
    )
}
