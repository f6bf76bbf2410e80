"""The document from "Deploy a Sentiment Analysis Model" to "Building an API", with version 1 of the SDK and boto3.

The console's steps are the calls of boto3 that they stand for. Leaves the endpoint, the function and the API running.
"""

from __future__ import annotations

import io
import json
import os
import zipfile

import boto3
import sagemaker
from sagemaker import get_execution_role
from sagemaker.amazon.amazon_estimator import get_image_uri

from sagemaker_document.data_set import VOCABULARY, reviews, write

# The document's function. Its two placeholders are filled below.
FUNCTION = r"""
# We need to use the low-level library to interact with SageMaker since the SageMaker API
# is not available natively through Lambda.
import boto3

# And we need the regular expression library to do some of the data processing
import re

REPLACE_NO_SPACE = re.compile("(\.)|(\;)|(\:)|(\!)|(\')|(\?)|(\,)|(\")|(\()|(\))|(\[)|(\])")
REPLACE_WITH_SPACE = re.compile("(<br\s*/><br\s*/>)|(\-)|(\/)")

def review_to_words(review):
    words = REPLACE_NO_SPACE.sub("", review.lower())
    words = REPLACE_WITH_SPACE.sub(" ", words)
    return words

def bow_encoding(words, vocabulary):
    bow = [0] * len(vocabulary) # Start by setting the count for each word in the vocabulary to zero.
    for word in words.split():  # For each word in the string
        if word in vocabulary:  # If the word is one that occurs in the vocabulary, increase its count.
            bow[vocabulary[word]] += 1
    return bow


def lambda_handler(event, context):

    vocab = "*** ACTUAL VOCABULARY GOES HERE ***"

    words = review_to_words(event['body'])
    bow = bow_encoding(words, vocab)

    # The SageMaker runtime is what allows us to invoke the endpoint that we've created.
    runtime = boto3.Session().client('sagemaker-runtime')

    # Now we use the SageMaker runtime to invoke our endpoint, sending the review we were given
    response = runtime.invoke_endpoint(EndpointName = '***ENDPOINT NAME HERE***',# The name of the endpoint we created
                                       ContentType = 'text/csv',                 # The data format that is expected
                                       Body = ','.join([str(val) for val in bow]).encode('utf-8')) # The actual review

    # The response is an HTTP response whose body contains the result of our inference
    result = response['Body'].read().decode('utf-8')

    # Round the result so that our web app only gets '1' or '0' as a response.
    result = round(float(result))

    return {
        'statusCode' : 200,
        'headers' : { 'Content-Type' : 'text/plain', 'Access-Control-Allow-Origin' : '*' },
        'body' : str(result)
    }
"""

session = sagemaker.Session()
role = get_execution_role()
prefix = "sentiment-web-app"
data_dir = "data"
os.makedirs(data_dir, exist_ok=True)
results: dict[str, object] = {}

# Train and deploy.
review_x, review_y = reviews(600, seed=4)
write(os.path.join(data_dir, "validation.csv"), review_y[:200], review_x[:200])
write(os.path.join(data_dir, "train.csv"), review_y[200:], review_x[200:])
val_location = session.upload_data(os.path.join(data_dir, "validation.csv"), key_prefix=prefix)
train_location = session.upload_data(os.path.join(data_dir, "train.csv"), key_prefix=prefix)
xgb = sagemaker.estimator.Estimator(
    get_image_uri(session.boto_region_name, "xgboost"),
    role,
    train_instance_count=1,
    train_instance_type="ml.m4.xlarge",
    output_path=f"s3://{session.default_bucket()}/{prefix}/output",
    sagemaker_session=session,
)
xgb.set_hyperparameters(
    max_depth=5,
    eta=0.2,
    gamma=4,
    min_child_weight=6,
    subsample=0.8,
    silent=0,
    objective="binary:logistic",
    early_stopping_rounds=10,
    num_round=500,
)
xgb.fit(
    {
        "train": sagemaker.s3_input(s3_data=train_location, content_type="csv"),
        "validation": sagemaker.s3_input(s3_data=val_location, content_type="csv"),
    }
)
xgb_predictor = xgb.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge")

# Set up the Lambda function: first the role, then the function.
iam = boto3.client("iam")
trust = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
lambda_role = iam.create_role(RoleName="LambdaSageMakerRole", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
iam.attach_role_policy(RoleName="LambdaSageMakerRole", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
code = FUNCTION.replace('"*** ACTUAL VOCABULARY GOES HERE ***"', str(VOCABULARY))
code = code.replace("***ENDPOINT NAME HERE***", xgb_predictor.endpoint)
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
    file.writestr("lambda_function.py", code)
functions = boto3.client("lambda")
function = functions.create_function(
    FunctionName="sentiment_lambda_function",
    Runtime="python3.6",
    Role=lambda_role["Arn"],
    Handler="lambda_function.lambda_handler",
    Code={"ZipFile": archive.getvalue()},
)
functions.get_waiter("function_active_v2").wait(FunctionName="sentiment_lambda_function")

# The test event.
answer = functions.invoke(
    FunctionName="sentiment_lambda_function", Payload=json.dumps({"body": "This film is awful. Bad, dull plot."})
)
results["test_event"] = json.loads(answer["Payload"].read())

# Build the API.
gateway = boto3.client("apigateway")
api = gateway.create_rest_api(name="sentimentAnalysis")
root = gateway.get_resources(restApiId=api["id"])["items"][0]["id"]
gateway.put_method(restApiId=api["id"], resourceId=root, httpMethod="POST", authorizationType="NONE")
gateway.put_integration(
    restApiId=api["id"],
    resourceId=root,
    httpMethod="POST",
    type="AWS_PROXY",
    integrationHttpMethod="POST",
    uri=f"arn:aws:apigateway:{session.boto_region_name}:lambda:path/2015-03-31/functions/"
    f"{function['FunctionArn']}/invocations",
)
functions.add_permission(
    FunctionName="sentiment_lambda_function",
    StatementId="api",
    Action="lambda:InvokeFunction",
    Principal="apigateway.amazonaws.com",
)
gateway.create_deployment(restApiId=api["id"], stageName="prod")
results |= {"api": api["id"], "endpoint": xgb_predictor.endpoint, "role": lambda_role["Arn"]}

with open("results.json", "w") as results_file:
    json.dump(results, results_file)
