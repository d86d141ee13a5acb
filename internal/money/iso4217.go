// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package money

import (
	"math"
	"strings"
)

// isoByExponent lists the active national currencies of ISO 4217 by exponent,
// the number of decimals between a currency and its smallest unit. Metals,
// test codes and fund codes are left out, except for the indexed units CLF,
// UYI and UYW, in which tariffs are quoted. Codes are never removed: balances
// may be kept in a currency that the standard has withdrawn since.
//
// The table is kept here because locale data answers how many decimals people
// usually print, which differs from the standard for about twenty currencies.
var isoByExponent = map[int32]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN
		BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB
		EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
		JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
		MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
		PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
		SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST
		XCD XCG YER ZAR ZMW ZWG`,
	3: "BHD IQD JOD KWD LYD OMR TND",
	4: "CLF UYW",
}

// ratedDecimals is how many decimals the ledger keeps beyond a currency's own,
// so that usage can be rated finer than the smallest coin.
const ratedDecimals = 4

// currencies returns the units of the ISO table.
func currencies() []Unit {
	var units []Unit
	for exponent, codes := range isoByExponent {
		scale := int64(math.Pow10(int(exponent + ratedDecimals)))
		for _, code := range strings.Fields(codes) {
			units = append(units, Unit{code: code, base: code, dimension: Currency, exponent: exponent, scale: scale})
		}
	}
	return units
}
