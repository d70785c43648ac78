/**
 * All tests that run containers. They share one module, and so one worker, so
 * that the images are built once. Must not hold a test.
 */
import "./control_cases.ts";
import "./image_cases.ts";
import "./lifecycle_cases.ts";
import "./oci_cases.ts";
import "./orphan_cases.ts";
import "./reload_cases.ts";
