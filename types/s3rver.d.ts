/** What is used of s3rver, which has no types of its own. */
export default class S3rver {
  constructor(options: {
    readonly address: string;
    readonly port: number;
    readonly directory: string;
    readonly silent: boolean;
    readonly configureBuckets: readonly { readonly name: string }[];
  });
  run(): Promise<unknown>;
}
