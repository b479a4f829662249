/** Chat and notifications as products have them, over a store: who is told what, in which order, and how many are unseen. */
@NullMarked
package io.tidings.feeds;

import org.jspecify.annotations.NullMarked;
