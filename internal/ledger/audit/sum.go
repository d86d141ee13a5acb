// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"math/big"
	"math/bits"
)

// sum adds amounts in 128 bits, two's complement: ten balances just below 10^18
// are more than an int64 holds, and an audit must not be fooled by a wrap.
type sum struct{ high, low uint64 }

func (s *sum) add(amount int64) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, uint64(amount), 0)       //nolint:gosec // two's complement
	s.high, _ = bits.Add64(s.high, uint64(amount>>63), carry) //nolint:gosec // the sign, extended
}

func (s *sum) isZero() bool { return s.high|s.low == 0 }

func (s *sum) big() *big.Int {
	value := big.NewInt(int64(s.high)) //nolint:gosec // the high half carries the sign
	value.Lsh(value, 64)
	return value.Add(value, new(big.Int).SetUint64(s.low))
}
