/** Declarations for deno-std's streams/text_line_stream.js, which the package lacks. */

/** Cuts text into lines, without their ends. */
export class TextLineStream extends TransformStream<string, string> {}
