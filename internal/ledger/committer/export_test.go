// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

// Known is how many accounts and facts are kept in memory.
func (c *Committer) Known() int {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	return c.cache.state.Len()
}
