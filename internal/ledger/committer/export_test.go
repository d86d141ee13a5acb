// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

// Marked is how many accounts and facts are remembered as needed.
func (c *Committer) Marked() int {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	return c.cache.used.Len()
}

// Known is how many accounts and facts are kept in memory.
func (c *Committer) Known() int {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	return c.cache.state.Len()
}
