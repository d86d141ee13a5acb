// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// checkProducts checks the products of an account or a bucket.
func checkProducts(products []v1alpha1.ProductReference) error {
	if n := len(products); n > maxProducts {
		return invalid("spec.products", "has %d entries: at most %d", n, maxProducts)
	}
	for i := range products {
		if err := checkProduct(fmt.Sprintf("spec.products[%d]", i), &products[i]); err != nil {
			return err
		}
	}
	return nil
}

// checkProduct checks a reference to a product, if there is one. Products are told
// apart by their ids, so that these may hide nothing.
func checkProduct(field string, product *v1alpha1.ProductReference) error {
	if product == nil {
		return nil
	}
	switch {
	case product.ID == "":
		return invalid(field+".id", "is empty: write the product's id")
	case strings.ContainsFunc(product.ID, unicode.IsSpace):
		return invalid(field+".id", "%q has a blank: remove it", clip(product.ID))
	default:
		return checkText(field+".id", product.ID, maxIdentifier)
	}
}

// product is what the ledger knows a product as; the zero ID if none is named.
func (e *environment) product(tenant ledger.ID, product *v1alpha1.ProductReference) ledger.ID {
	if product == nil {
		return ledger.ID{}
	}
	return ledger.ProductID(e.scope, tenant, product.ID)
}

// products are what the ledger knows products as, each once and in order; nil if
// there are none.
func (e *environment) products(tenant ledger.ID, products []v1alpha1.ProductReference) []ledger.ID {
	var ids []ledger.ID
	for i := range products {
		ids = append(ids, e.product(tenant, &products[i]))
	}
	slices.SortFunc(ids, func(a, b ledger.ID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}
