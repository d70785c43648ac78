/**
 * The part that is used of OpenTelemetry's protobuf definitions, as protobufjs has
 * generated them for @opentelemetry/otlp-transformer.
 */
interface MessageType {
  fromObject(object: unknown): unknown;
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  toObject(message: unknown, options: object): unknown;
}

declare const root: {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly trace: {
          readonly v1: { readonly ExportTraceServiceRequest: MessageType };
        };
      };
    };
  };
};
export default root;
