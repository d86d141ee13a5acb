// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// waitForPolicies bounds how long the API server may take to see policies come and go; it looks every few seconds.
const waitForPolicies = 30 * time.Second

const manager = "system:serviceaccount:prepay-operator-system:prepay-operator-controller-manager"

var requestorKinds = []string{"TopUp", "BalanceTransfer", "BalanceReservation", "BalanceAdjustment"}

// kubectl runs the real one on a manifest, as somebody, and returns what it says.
type kubectl func(ctx context.Context, object *unstructured.Unstructured, args ...string) string

// person makes the API server know somebody by name, with a client and with kubectl.
func person(name string) (client.Client, kubectl) {
	GinkgoHelper()
	user, err := testEnvironment.AddUser(envtest.User{Name: name, Groups: []string{"system:masters"}}, nil)
	Expect(err).NotTo(HaveOccurred())
	text, err := user.KubeConfig()
	Expect(err).NotTo(HaveOccurred())
	kubeconfig := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
	Expect(os.WriteFile(kubeconfig, text, 0o600)).To(Succeed())
	own, err := client.New(user.Config(), client.Options{})
	Expect(err).NotTo(HaveOccurred())
	return own, func(ctx context.Context, object *unstructured.Unstructured, args ...string) string {
		GinkgoHelper()
		manifest, err := yaml.Marshal(object)
		Expect(err).NotTo(HaveOccurred())
		args = append([]string{"--kubeconfig", kubeconfig, "--cache-dir", filepath.Dir(kubeconfig)}, args...)
		command := exec.CommandContext(ctx, testEnvironment.ControlPlane.KubectlPath, args...)
		command.Env = append(os.Environ(), "KUBERC=off")
		command.Stdin = bytes.NewReader(manifest)
		said, err := command.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(said))
		return string(said)
	}
}

// policies are the objects of config/policy that kustomize adds to config/default.
func policies() []*unstructured.Unstructured {
	GinkgoHelper()
	var objects []*unstructured.Unstructured
	for _, file := range []string{"requestor_on_create.yaml", "requestor_on_update.yaml"} {
		text, err := os.ReadFile(filepath.Join(policyDirectory, file))
		Expect(err).NotTo(HaveOccurred())
		for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
			objects = append(objects, parse(string(document)))
		}
	}
	return objects
}

func requestorOf(object *unstructured.Unstructured) any {
	GinkgoHelper()
	return nested(object, "spec.requestor")
}

// named is a minimal manifest with a name, as a file has one.
func named(kind, name string) *unstructured.Unstructured {
	object := parse(minimal[kind])
	object.SetGenerateName("")
	object.SetName(name)
	return object
}

func stored(ctx context.Context, object *unstructured.Unstructured) *unstructured.Unstructured {
	GinkgoHelper()
	found := object.DeepCopy()
	Expect(apiServer.Get(ctx, client.ObjectKeyFromObject(object), found)).To(Succeed())
	return found
}

// whateverWritesItAgain says what leaves an operation and its requestor alone, with the policies and without.
func whateverWritesItAgain(prefix string, clerk, agent func() kubectl, stamp func(name string) any) {
	for _, kind := range requestorKinds {
		It("lets a "+kind+" be replaced and labelled by anyone, and keeps its requestor", func(ctx SpecContext) {
			object := named(kind, prefix+"-replaced-"+strings.ToLower(kind))
			clerk()(ctx, object, "create", "-f", "-")
			before := stored(ctx, object)
			Expect(requestorOf(before)).To(stamped(stamp("clerk")))

			Expect(agent()(ctx, object, "replace", "-f", "-")).To(ContainSubstring("replaced"))
			agent()(ctx, object, "label", "-f", "-", "seen=yes")
			after := stored(ctx, object)
			Expect(after.GetLabels()).To(HaveKeyWithValue("seen", "yes"))
			Expect(after.Object["spec"]).To(Equal(before.Object["spec"]))
			Expect(after.GetGeneration()).To(BeEquivalentTo(1))
		})

		for _, how := range [][]string{{"apply", "-f", "-"}, {"apply", "--server-side", "-f", "-"}} {
			for _, claim := range []string{"", "mallory"} {
				name := strings.ToLower(kind) + "-" + claim + map[bool]string{true: "-server", false: "-client"}[len(how) > 3]
				It("takes repeated applies of "+name+" as the same", func(ctx SpecContext) {
					object := named(kind, prefix+"-"+name)
					want := stamp("clerk")
					if claim != "" {
						set(object, "spec.requestor", claim)
						if want == nil {
							want = claim
						}
					}
					clerk()(ctx, object, how...)
					// The first write after the creation stores the default of status too; it is the manager's.
					before := stored(ctx, object)
					Expect(apiServer.Status().Update(ctx, before)).To(Succeed())
					Expect(requestorOf(before)).To(stamped(want))
					for range 2 {
						clerk()(ctx, object, how...)
						Expect(stored(ctx, object)).To(BeComparableTo(before))
					}
				})
			}
		}
	}
}

// stamped matches a requestor, or that there is none.
func stamped(want any) OmegaMatcher {
	if want == nil {
		return BeNil()
	}
	return Equal(want)
}

var _ = Describe("Who asked", Ordered, func() {
	var (
		clerk, agent, controller     client.Client
		clerksKubectl, agentsKubectl kubectl
	)
	BeforeAll(func() {
		clerk, clerksKubectl = person("clerk")
		agent, agentsKubectl = person("agent")
		controller, _ = person(manager)
	})
	// changed writes one field of what is stored, as somebody.
	changed := func(ctx SpecContext, who client.Client, object *unstructured.Unstructured, path string, value any) *unstructured.Unstructured {
		GinkgoHelper()
		object = stored(ctx, object)
		set(object, path, value)
		Expect(who.Update(ctx, object)).To(Succeed())
		return object
	}
	asClerk, asAgent := func() kubectl { return clerksKubectl }, func() kubectl { return agentsKubectl }

	Describe("without the policies", func() {
		whateverWritesItAgain("plain", asClerk, asAgent, func(string) any { return nil })

		It("is not said of a reservation either when its state changes", func(ctx SpecContext) {
			object := create(ctx, parse(minimal["BalanceReservation"]))
			Expect(requestorOf(changed(ctx, agent, object, "spec.state", "Accepted"))).To(BeNil())
		})
	})

	Describe("with the policies", func() {
		older := map[string]*unstructured.Unstructured{}

		BeforeAll(func(ctx SpecContext) {
			for _, kind := range requestorKinds {
				older[kind] = create(ctx, parse(minimal[kind]))
			}
			for _, object := range policies() {
				Expect(apiServer.Create(ctx, object, client.FieldValidation("Strict"))).To(Succeed())
			}
			probe := older["BalanceReservation"]
			Eventually(func(g Gomega) {
				fresh := parse(minimal["TopUp"])
				g.Expect(clerk.Create(ctx, fresh, client.DryRunAll)).To(Succeed())
				g.Expect(requestorOf(fresh)).To(Equal("clerk"))
				old := stored(ctx, probe)
				set(old, "spec.state", "Accepted")
				g.Expect(clerk.Update(ctx, old, client.DryRunAll)).To(Succeed())
				g.Expect(requestorOf(old)).To(Equal("clerk"))
			}).WithContext(ctx).WithTimeout(waitForPolicies).Should(Succeed())
		})
		AfterAll(func(ctx SpecContext) {
			for _, object := range policies() {
				Expect(apiServer.Delete(ctx, object)).To(Succeed())
			}
			Eventually(func(g Gomega) {
				fresh := parse(minimal["TopUp"])
				g.Expect(clerk.Create(ctx, fresh, client.DryRunAll)).To(Succeed())
				g.Expect(requestorOf(fresh)).To(BeNil())
				old := stored(ctx, older["BalanceReservation"])
				set(old, "spec.state", "Accepted")
				g.Expect(clerk.Update(ctx, old, client.DryRunAll)).To(Succeed())
				g.Expect(requestorOf(old)).To(BeNil())
			}).WithContext(ctx).WithTimeout(waitForPolicies).Should(Succeed())
		})

		whateverWritesItAgain("stamped", asClerk, asAgent, func(name string) any { return name })

		for _, kind := range requestorKinds {
			It("is who created a "+kind+", whatever it claims", func(ctx SpecContext) {
				object := parse(complete[kind])
				set(object, "spec.requestor", "mallory")
				Expect(agent.Create(ctx, object)).To(Succeed())
				Expect(requestorOf(object)).To(Equal("agent"))
			})

			It("stays who created a "+kind+", whatever an update claims", func(ctx SpecContext) {
				object := parse(minimal[kind])
				Expect(clerk.Create(ctx, object)).To(Succeed())
				Expect(requestorOf(changed(ctx, agent, object, "spec.requestor", "mallory"))).To(Equal("clerk"))
				Expect(requestorOf(changed(ctx, agent, object, "spec.ttlSecondsAfterFinished", int64(60)))).To(Equal("clerk"))
			})

			It("is never the manager that puts a finalizer on a "+kind+" or writes its status", func(ctx SpecContext) {
				object := parse(minimal[kind])
				Expect(clerk.Create(ctx, object)).To(Succeed())
				Expect(controller.Patch(ctx, object, client.RawPatch(types.MergePatchType,
					[]byte(`{"metadata":{"finalizers":["`+prepayv1alpha1.Finalizer+`"]}}`)))).To(Succeed())
				Expect(requestorOf(object)).To(Equal("clerk"))
				set(object, "status.observedGeneration", int64(1))
				Expect(controller.Status().Update(ctx, object)).To(Succeed())
				Expect(requestorOf(stored(ctx, object))).To(Equal("clerk"))
				object.SetFinalizers(nil)
				Expect(controller.Update(ctx, object)).To(Succeed())
				Expect(requestorOf(object)).To(Equal("clerk"))
			})

			It("is not made up for a "+kind+" that is older than the policies", func(ctx SpecContext) {
				Expect(requestorOf(changed(ctx, agent, older[kind], "metadata.labels", map[string]any{"seen": "yes"}))).To(BeNil())
				Expect(requestorOf(changed(ctx, agent, older[kind], "spec.requestor", "mallory"))).To(BeNil())
			})

			It("does not keep a "+kind+" without a spec from the schema's own words", func(ctx SpecContext) {
				object := parse(minimal[kind])
				remove(object, "spec")
				Expect(clerk.Create(ctx, object)).To(beRefusedWith("spec: Required value"))
			})
		}

		DescribeTable("for the newest step of a reservation is who changed", func(ctx SpecContext, path, value string) {
			object := parse(minimal["BalanceReservation"])
			Expect(clerk.Create(ctx, object)).To(Succeed())
			object = changed(ctx, agent, object, path, value)
			Expect(requestorOf(object)).To(Equal("agent"))
			Expect(requestorOf(changed(ctx, clerk, object, "metadata.labels", map[string]any{"seen": "yes"}))).To(Equal("agent"))
		},
			Entry("its state", "spec.state", "Accepted"),
			Entry("its amount", "spec.amount", "6.00 EUR"),
			Entry("its end", "spec.expiresAt", "2126-12-24T18:00:00Z"),
		)

		It("for a charge is who asked for it, and who corrected it", func(ctx SpecContext) {
			object := parse(minimal["BalanceReservation"])
			Expect(clerk.Create(ctx, object)).To(Succeed())
			set(object, "spec.state", "Charged")
			set(object, "spec.chargeAmount", "7.00 EUR")
			set(object, "spec.requestor", "mallory")
			Expect(agent.Update(ctx, object)).To(Succeed())
			Expect(requestorOf(object)).To(Equal("agent"))
			Expect(requestorOf(changed(ctx, clerk, object, "spec.chargeAmount", "3.00 EUR"))).To(Equal("clerk"))
		})
	})

	It("may be left out again once the policies are gone, and not changed", func(ctx SpecContext) {
		for _, kind := range requestorKinds {
			object := create(ctx, parse(complete[kind]))
			remove(object, "spec.requestor")
			Expect(agent.Update(ctx, object)).To(Succeed(), kind)
			Expect(requestorOf(object)).To(BeNil())
		}
	})
})
