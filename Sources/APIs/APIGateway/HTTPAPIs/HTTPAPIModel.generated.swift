// Made by scripts/make_service_model.py from botocore's description of AWS's services (Apache License 2.0).
// swift-format-ignore-file

import AWS

extension ServiceModel {
    static let httpAPIs = ServiceModel(
        inputs: #"{"CreateApi":0,"GetApi":9,"UpdateApi":10,"DeleteApi":11,"ImportApi":12,"GetApis":13,"CreateRoute":14,"GetRoute":18,"UpdateRoute":19,"DeleteRoute":20,"GetRoutes":21,"CreateIntegration":22,"GetIntegration":30,"UpdateIntegration":31,"DeleteIntegration":32,"GetIntegrations":33,"CreateStage":34,"GetStage":41,"UpdateStage":42,"DeleteStage":43,"GetStages":44,"CreateDeployment":45,"GetDeployment":46,"DeleteDeployment":47,"GetDeployments":48,"DeleteCorsConfiguration":49,"GetTags":50,"TagResource":51,"UntagResource":52}"#,
        shapes: #"""
            {"t":"S","m":[["apiKeySelectionExpression",1],["corsConfiguration",2],["credentialsArn",1],["description",1],["disableSchemaValidation",3],["disableExecuteApiEndpoint",3],["ipAddressType",6],["name",1],["protocolType",7],["routeKey",1],["routeSelectionExpression",1],["tags",8],["target",1],["version",1]],"r":["protocolType","name"]}
            {"t":"s"}
            {"t":"S","m":[["allowCredentials",3],["allowHeaders",4],["allowMethods",4],["allowOrigins",4],["exposeHeaders",4],["maxAge",5]]}
            {"t":"b"}
            {"t":"L","e":1}
            {"min":-1,"max":86400,"t":"i"}
            {"t":"s","enum":["ipv4","dualstack"]}
            {"t":"s","enum":["WEBSOCKET","HTTP"]}
            {"t":"M","k":1,"e":1}
            {"t":"S","m":[["apiId",1]],"r":["apiId"]}
            {"t":"S","m":[["apiId",1],["apiKeySelectionExpression",1],["corsConfiguration",2],["credentialsArn",1],["description",1],["disableSchemaValidation",3],["disableExecuteApiEndpoint",3],["ipAddressType",6],["name",1],["routeKey",1],["routeSelectionExpression",1],["target",1],["version",1]],"r":["apiId"]}
            {"t":"S","m":[["apiId",1]],"r":["apiId"]}
            {"t":"S","m":[["basepath",1],["body",1],["failOnWarnings",3]],"r":["body"]}
            {"t":"S","m":[["maxResults",1],["nextToken",1]]}
            {"t":"S","m":[["apiId",1],["apiKeyRequired",3],["authorizationScopes",4],["authorizationType",15],["authorizerId",1],["modelSelectionExpression",1],["operationName",1],["requestModels",8],["requestParameters",17],["routeKey",1],["routeResponseSelectionExpression",1],["target",1]],"r":["apiId","routeKey"]}
            {"t":"s","enum":["NONE","AWS_IAM","CUSTOM","JWT"]}
            {"t":"S","m":[["required",3]]}
            {"t":"M","k":1,"e":16}
            {"t":"S","m":[["apiId",1],["routeId",1]],"r":["apiId","routeId"]}
            {"t":"S","m":[["apiId",1],["apiKeyRequired",3],["authorizationScopes",4],["authorizationType",15],["authorizerId",1],["modelSelectionExpression",1],["operationName",1],["requestModels",8],["requestParameters",17],["routeId",1],["routeKey",1],["routeResponseSelectionExpression",1],["target",1]],"r":["apiId","routeId"]}
            {"t":"S","m":[["apiId",1],["routeId",1]],"r":["apiId","routeId"]}
            {"t":"S","m":[["apiId",1],["maxResults",1],["nextToken",1]],"r":["apiId"]}
            {"t":"S","m":[["apiId",1],["connectionId",1],["connectionType",23],["contentHandlingStrategy",24],["credentialsArn",1],["description",1],["integrationMethod",1],["integrationSubtype",1],["integrationType",25],["integrationUri",1],["passthroughBehavior",26],["payloadFormatVersion",1],["requestParameters",8],["requestTemplates",8],["responseParameters",27],["templateSelectionExpression",1],["timeoutInMillis",28],["tlsConfig",29]],"r":["apiId","integrationType"]}
            {"t":"s","enum":["INTERNET","VPC_LINK"]}
            {"t":"s","enum":["CONVERT_TO_BINARY","CONVERT_TO_TEXT"]}
            {"t":"s","enum":["AWS","HTTP","MOCK","HTTP_PROXY","AWS_PROXY"]}
            {"t":"s","enum":["WHEN_NO_MATCH","NEVER","WHEN_NO_TEMPLATES"]}
            {"t":"M","k":1,"e":8}
            {"min":50,"max":30000,"t":"i"}
            {"t":"S","m":[["serverNameToVerify",1]]}
            {"t":"S","m":[["apiId",1],["integrationId",1]],"r":["apiId","integrationId"]}
            {"t":"S","m":[["apiId",1],["connectionId",1],["connectionType",23],["contentHandlingStrategy",24],["credentialsArn",1],["description",1],["integrationId",1],["integrationMethod",1],["integrationSubtype",1],["integrationType",25],["integrationUri",1],["passthroughBehavior",26],["payloadFormatVersion",1],["requestParameters",8],["requestTemplates",8],["responseParameters",27],["templateSelectionExpression",1],["timeoutInMillis",28],["tlsConfig",29]],"r":["apiId","integrationId"]}
            {"t":"S","m":[["apiId",1],["integrationId",1]],"r":["apiId","integrationId"]}
            {"t":"S","m":[["apiId",1],["maxResults",1],["nextToken",1]],"r":["apiId"]}
            {"t":"S","m":[["accessLogSettings",35],["apiId",1],["autoDeploy",3],["clientCertificateId",1],["defaultRouteSettings",36],["deploymentId",1],["description",1],["routeSettings",40],["stageName",1],["stageVariables",8],["tags",8]],"r":["apiId","stageName"]}
            {"t":"S","m":[["destinationArn",1],["format",1]]}
            {"t":"S","m":[["dataTraceEnabled",3],["detailedMetricsEnabled",3],["loggingLevel",37],["throttlingBurstLimit",38],["throttlingRateLimit",39]]}
            {"t":"s","enum":["ERROR","INFO","OFF"]}
            {"t":"i"}
            {"t":"d"}
            {"t":"M","k":1,"e":36}
            {"t":"S","m":[["apiId",1],["stageName",1]],"r":["stageName","apiId"]}
            {"t":"S","m":[["accessLogSettings",35],["apiId",1],["autoDeploy",3],["clientCertificateId",1],["defaultRouteSettings",36],["deploymentId",1],["description",1],["routeSettings",40],["stageName",1],["stageVariables",8]],"r":["stageName","apiId"]}
            {"t":"S","m":[["apiId",1],["stageName",1]],"r":["stageName","apiId"]}
            {"t":"S","m":[["apiId",1],["maxResults",1],["nextToken",1]],"r":["apiId"]}
            {"t":"S","m":[["apiId",1],["description",1],["stageName",1]],"r":["apiId"]}
            {"t":"S","m":[["apiId",1],["deploymentId",1]],"r":["apiId","deploymentId"]}
            {"t":"S","m":[["apiId",1],["deploymentId",1]],"r":["apiId","deploymentId"]}
            {"t":"S","m":[["apiId",1],["maxResults",1],["nextToken",1]],"r":["apiId"]}
            {"t":"S","m":[["apiId",1]],"r":["apiId"]}
            {"t":"S","m":[["resource-arn",1]],"r":["resource-arn"]}
            {"t":"S","m":[["resource-arn",1],["tags",8]],"r":["resource-arn"]}
            {"t":"S","m":[["resource-arn",1],["tagKeys",4]],"r":["resource-arn","tagKeys"]}
            """#,
        inputError: "BadRequestException",
        rest: #"""
            {"o":"CreateApi","m":"POST","u":"/v2/apis","s":201,"b":[["apiKeySelectionExpression","b","apiKeySelectionExpression"],["corsConfiguration","b","corsConfiguration"],["credentialsArn","b","credentialsArn"],["description","b","description"],["disableSchemaValidation","b","disableSchemaValidation"],["disableExecuteApiEndpoint","b","disableExecuteApiEndpoint"],["ipAddressType","b","ipAddressType"],["name","b","name"],["protocolType","b","protocolType"],["routeKey","b","routeKey"],["routeSelectionExpression","b","routeSelectionExpression"],["tags","b","tags"],["target","b","target"],["version","b","version"]]}
            {"o":"GetApi","m":"GET","u":"/v2/apis/{apiId}","s":200,"b":[["apiId","u","apiId"]]}
            {"o":"UpdateApi","m":"PATCH","u":"/v2/apis/{apiId}","s":200,"b":[["apiId","u","apiId"],["apiKeySelectionExpression","b","apiKeySelectionExpression"],["corsConfiguration","b","corsConfiguration"],["credentialsArn","b","credentialsArn"],["description","b","description"],["disableSchemaValidation","b","disableSchemaValidation"],["disableExecuteApiEndpoint","b","disableExecuteApiEndpoint"],["ipAddressType","b","ipAddressType"],["name","b","name"],["routeKey","b","routeKey"],["routeSelectionExpression","b","routeSelectionExpression"],["target","b","target"],["version","b","version"]]}
            {"o":"DeleteApi","m":"DELETE","u":"/v2/apis/{apiId}","s":204,"b":[["apiId","u","apiId"]]}
            {"o":"ImportApi","m":"PUT","u":"/v2/apis","s":201,"b":[["basepath","q","basepath"],["body","b","body"],["failOnWarnings","q","failOnWarnings"]]}
            {"o":"GetApis","m":"GET","u":"/v2/apis","s":200,"b":[["maxResults","q","maxResults"],["nextToken","q","nextToken"]]}
            {"o":"CreateRoute","m":"POST","u":"/v2/apis/{apiId}/routes","s":201,"b":[["apiId","u","apiId"],["apiKeyRequired","b","apiKeyRequired"],["authorizationScopes","b","authorizationScopes"],["authorizationType","b","authorizationType"],["authorizerId","b","authorizerId"],["modelSelectionExpression","b","modelSelectionExpression"],["operationName","b","operationName"],["requestModels","b","requestModels"],["requestParameters","b","requestParameters"],["routeKey","b","routeKey"],["routeResponseSelectionExpression","b","routeResponseSelectionExpression"],["target","b","target"]]}
            {"o":"GetRoute","m":"GET","u":"/v2/apis/{apiId}/routes/{routeId}","s":200,"b":[["apiId","u","apiId"],["routeId","u","routeId"]]}
            {"o":"UpdateRoute","m":"PATCH","u":"/v2/apis/{apiId}/routes/{routeId}","s":200,"b":[["apiId","u","apiId"],["apiKeyRequired","b","apiKeyRequired"],["authorizationScopes","b","authorizationScopes"],["authorizationType","b","authorizationType"],["authorizerId","b","authorizerId"],["modelSelectionExpression","b","modelSelectionExpression"],["operationName","b","operationName"],["requestModels","b","requestModels"],["requestParameters","b","requestParameters"],["routeId","u","routeId"],["routeKey","b","routeKey"],["routeResponseSelectionExpression","b","routeResponseSelectionExpression"],["target","b","target"]]}
            {"o":"DeleteRoute","m":"DELETE","u":"/v2/apis/{apiId}/routes/{routeId}","s":204,"b":[["apiId","u","apiId"],["routeId","u","routeId"]]}
            {"o":"GetRoutes","m":"GET","u":"/v2/apis/{apiId}/routes","s":200,"b":[["apiId","u","apiId"],["maxResults","q","maxResults"],["nextToken","q","nextToken"]]}
            {"o":"CreateIntegration","m":"POST","u":"/v2/apis/{apiId}/integrations","s":201,"b":[["apiId","u","apiId"],["connectionId","b","connectionId"],["connectionType","b","connectionType"],["contentHandlingStrategy","b","contentHandlingStrategy"],["credentialsArn","b","credentialsArn"],["description","b","description"],["integrationMethod","b","integrationMethod"],["integrationSubtype","b","integrationSubtype"],["integrationType","b","integrationType"],["integrationUri","b","integrationUri"],["passthroughBehavior","b","passthroughBehavior"],["payloadFormatVersion","b","payloadFormatVersion"],["requestParameters","b","requestParameters"],["requestTemplates","b","requestTemplates"],["responseParameters","b","responseParameters"],["templateSelectionExpression","b","templateSelectionExpression"],["timeoutInMillis","b","timeoutInMillis"],["tlsConfig","b","tlsConfig"]]}
            {"o":"GetIntegration","m":"GET","u":"/v2/apis/{apiId}/integrations/{integrationId}","s":200,"b":[["apiId","u","apiId"],["integrationId","u","integrationId"]]}
            {"o":"UpdateIntegration","m":"PATCH","u":"/v2/apis/{apiId}/integrations/{integrationId}","s":200,"b":[["apiId","u","apiId"],["connectionId","b","connectionId"],["connectionType","b","connectionType"],["contentHandlingStrategy","b","contentHandlingStrategy"],["credentialsArn","b","credentialsArn"],["description","b","description"],["integrationId","u","integrationId"],["integrationMethod","b","integrationMethod"],["integrationSubtype","b","integrationSubtype"],["integrationType","b","integrationType"],["integrationUri","b","integrationUri"],["passthroughBehavior","b","passthroughBehavior"],["payloadFormatVersion","b","payloadFormatVersion"],["requestParameters","b","requestParameters"],["requestTemplates","b","requestTemplates"],["responseParameters","b","responseParameters"],["templateSelectionExpression","b","templateSelectionExpression"],["timeoutInMillis","b","timeoutInMillis"],["tlsConfig","b","tlsConfig"]]}
            {"o":"DeleteIntegration","m":"DELETE","u":"/v2/apis/{apiId}/integrations/{integrationId}","s":204,"b":[["apiId","u","apiId"],["integrationId","u","integrationId"]]}
            {"o":"GetIntegrations","m":"GET","u":"/v2/apis/{apiId}/integrations","s":200,"b":[["apiId","u","apiId"],["maxResults","q","maxResults"],["nextToken","q","nextToken"]]}
            {"o":"CreateStage","m":"POST","u":"/v2/apis/{apiId}/stages","s":201,"b":[["accessLogSettings","b","accessLogSettings"],["apiId","u","apiId"],["autoDeploy","b","autoDeploy"],["clientCertificateId","b","clientCertificateId"],["defaultRouteSettings","b","defaultRouteSettings"],["deploymentId","b","deploymentId"],["description","b","description"],["routeSettings","b","routeSettings"],["stageName","b","stageName"],["stageVariables","b","stageVariables"],["tags","b","tags"]]}
            {"o":"GetStage","m":"GET","u":"/v2/apis/{apiId}/stages/{stageName}","s":200,"b":[["apiId","u","apiId"],["stageName","u","stageName"]]}
            {"o":"UpdateStage","m":"PATCH","u":"/v2/apis/{apiId}/stages/{stageName}","s":200,"b":[["accessLogSettings","b","accessLogSettings"],["apiId","u","apiId"],["autoDeploy","b","autoDeploy"],["clientCertificateId","b","clientCertificateId"],["defaultRouteSettings","b","defaultRouteSettings"],["deploymentId","b","deploymentId"],["description","b","description"],["routeSettings","b","routeSettings"],["stageName","u","stageName"],["stageVariables","b","stageVariables"]]}
            {"o":"DeleteStage","m":"DELETE","u":"/v2/apis/{apiId}/stages/{stageName}","s":204,"b":[["apiId","u","apiId"],["stageName","u","stageName"]]}
            {"o":"GetStages","m":"GET","u":"/v2/apis/{apiId}/stages","s":200,"b":[["apiId","u","apiId"],["maxResults","q","maxResults"],["nextToken","q","nextToken"]]}
            {"o":"CreateDeployment","m":"POST","u":"/v2/apis/{apiId}/deployments","s":201,"b":[["apiId","u","apiId"],["description","b","description"],["stageName","b","stageName"]]}
            {"o":"GetDeployment","m":"GET","u":"/v2/apis/{apiId}/deployments/{deploymentId}","s":200,"b":[["apiId","u","apiId"],["deploymentId","u","deploymentId"]]}
            {"o":"DeleteDeployment","m":"DELETE","u":"/v2/apis/{apiId}/deployments/{deploymentId}","s":204,"b":[["apiId","u","apiId"],["deploymentId","u","deploymentId"]]}
            {"o":"GetDeployments","m":"GET","u":"/v2/apis/{apiId}/deployments","s":200,"b":[["apiId","u","apiId"],["maxResults","q","maxResults"],["nextToken","q","nextToken"]]}
            {"o":"DeleteCorsConfiguration","m":"DELETE","u":"/v2/apis/{apiId}/cors","s":204,"b":[["apiId","u","apiId"]]}
            {"o":"GetTags","m":"GET","u":"/v2/tags/{resource-arn}","s":200,"b":[["resource-arn","u","resource-arn"]]}
            {"o":"TagResource","m":"POST","u":"/v2/tags/{resource-arn}","s":201,"b":[["resource-arn","u","resource-arn"],["tags","b","tags"]]}
            {"o":"UntagResource","m":"DELETE","u":"/v2/tags/{resource-arn}","s":204,"b":[["resource-arn","u","resource-arn"],["tagKeys","q","tagKeys"]]}
            """#
    )
}
