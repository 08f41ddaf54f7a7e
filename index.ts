export * from './constructs';
export { CasemateValidation, type CasemateValidationProps } from './gates/cdk8s';
