/** The inlining rule of the reference writer (LCFS_RECOMMENDED_INLINE_CONTENT_MAX, composefs 1.0.8). */

/** Files of 1 to 64 bytes live in the image and need no object. */
export const INLINE_CONTENT_MAX = 64;
