#!/usr/bin/env bash
# The document's steps with the aws command: buckets, quotas, a training job. Requires data/ and the server's environment.
set -euo pipefail

bucket=aws-command
role=arn:aws:iam::000000000000:role/service-role/AmazonSageMaker-ExecutionRole
image=811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1

aws sts get-caller-identity --query Account --output text
aws s3 mb "s3://$bucket"
aws s3 cp --recursive --only-show-errors data "s3://$bucket/data"
aws s3 ls "s3://$bucket/data/"

aws sagemaker create-training-job --training-job-name by-command --role-arn "$role" \
    --algorithm-specification "TrainingImage=$image,TrainingInputMode=File" \
    --hyper-parameters objective=reg:linear,num_round=20,max_depth=4 \
    --input-data-config "[{\"ChannelName\": \"train\", \"ContentType\": \"csv\", \"DataSource\": {\"S3DataSource\":
        {\"S3DataType\": \"S3Prefix\", \"S3Uri\": \"s3://$bucket/data/train.csv\"}}}]" \
    --output-data-config "S3OutputPath=s3://$bucket/output" \
    --resource-config InstanceCount=1,InstanceType=ml.m4.xlarge,VolumeSizeInGB=5 \
    --stopping-condition MaxRuntimeInSeconds=600
until [ "$(aws sagemaker describe-training-job --training-job-name by-command \
    --query TrainingJobStatus --output text)" != InProgress ]; do sleep 0.2; done
aws sagemaker describe-training-job --training-job-name by-command --query TrainingJobStatus --output text
aws s3 cp --only-show-errors "s3://$bucket/output/by-command/output/model.tar.gz" .
tar -xzf model.tar.gz

aws service-quotas list-service-quotas --service-code sagemaker --query 'length(Quotas)' --output text
aws service-quotas list-aws-default-service-quotas --service-code sagemaker --query 'length(Quotas)' --output text
quota=$(aws service-quotas list-service-quotas --service-code sagemaker --query 'Quotas[?Adjustable]|[0].QuotaCode' --output text)
aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code "$quota" --desired-value 1000 \
    --query RequestedQuota.Status --output text

aws s3 rm --recursive --only-show-errors "s3://$bucket"
aws s3 rb "s3://$bucket"
