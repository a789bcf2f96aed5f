namespace Appliance.Web.Certificates.Acme;

/// <summary>An authority's problem document (RFC 8555, 6.7), in words that say what helps.</summary>
internal static class AcmeWords
{
    /// <summary>The words for a type, its status, and the authority's own text.</summary>
    public static AcmeProblem Of(string type, int status, string detail, string? name, LegoOrder order)
    {
        var (trouble, what, toDo) = (type, detail) switch
        {
            ("rateLimited", _) => (
                AcmeTrouble.RateLimited,
                "The authority was asked too often and takes no order now.",
                "Wait: it is tried again when the authority takes orders again. To try things out, use an authority for tests."
            ),
            ("externalAccountRequired", _) => (
                AcmeTrouble.Binding,
                "The authority opens accounts only with a key that it hands out (external account binding).",
                "Get key identifier and HMAC key at the authority and enter both."
            ),
            ("unauthorized", _) when IsAboutBinding(detail) => (
                AcmeTrouble.Binding,
                "The authority does not take this key for external account binding.",
                "Get a new pair at the authority (most work once) and enter both parts."
            ),
            ("accountDoesNotExist", _) => (
                AcmeTrouble.AccountGone,
                "The authority does not know our account any more.",
                "Try again: a new account is opened."
            ),
            ("invalidContact" or "unsupportedContact", _) => (
                AcmeTrouble.Account,
                $"The authority does not take {order.Email} as a contact.",
                "Enter an address that receives mail."
            ),
            ("userActionRequired", _) => (
                AcmeTrouble.Account,
                "The authority wants its terms to be agreed to again.",
                "Read them, and agree to them in the form."
            ),
            ("rejectedIdentifier" or "unsupportedIdentifier", _) => (
                AcmeTrouble.NameRefused,
                $"The authority issues no certificate for {name ?? "a name of this order"}.",
                "Take the name out. Names that exist only in your own network get certificates from an authority of your own."
            ),
            ("badCSR" or "badPublicKey", _) => (
                AcmeTrouble.NameRefused,
                "The authority does not take this kind of key or request.",
                "Choose another kind of key."
            ),
            ("caa", _) => (
                AcmeTrouble.Caa,
                $"CAA records in DNS do not allow this authority to issue for {Of(name)}.",
                "Add a CAA record with the authority's domain, such as 0 issue \"letsencrypt.org\", or take the records away."
            ),
            ("dns", _) => NoRecord(name, order),
            ("connection", _)
                when detail.Contains("could not resolve", StringComparison.Ordinal)
                    || detail.Contains("no such host", StringComparison.Ordinal) => NoRecord(name, order),
            ("connection" or "tls", _) => (
                AcmeTrouble.Connection,
                $"The authority could not connect to {Of(name)}.",
                $"Port 80 of {Of(name)} must lead to this proxy from the internet: look at DNS, the firewall and the port mapping. "
                    + "Without such a way in, use DNS."
            ),
            ("unauthorized" or "incorrectResponse", _) when order.Way is ChallengeWay.Dns => (
                AcmeTrouble.WrongAnswer,
                $"The authority did not find our TXT record for {Of(name)}.",
                "Look whether the provider serves the zone that the world sees, and whether an old record or a CNAME is at "
                    + $"_acme-challenge.{Bare(name)}. A longer waiting time for propagation may help."
            ),
            ("unauthorized" or "incorrectResponse", _) => (
                AcmeTrouble.WrongAnswer,
                $"Something else than this proxy answers at http://{Of(name)}/.well-known/acme-challenge/.",
                "Look where DNS leads the name (also its AAAA record), and whether another server, a CDN or a redirect stands in front."
            ),
            ("badNonce", _) => (
                AcmeTrouble.AuthorityFailed,
                "The authority took none of our messages (nonces).",
                "Nothing to do: it is tried again."
            ),
            _ when status >= 500 => (
                AcmeTrouble.AuthorityFailed,
                "The authority has a fault of its own.",
                "Nothing to do: it is tried again. Its status page may say more."
            ),
            _ => (
                AcmeTrouble.Unknown,
                name is null ? "The authority refused the order." : $"The authority refused {name}.",
                "Read what it says."
            ),
        };
        return new(trouble, name, what, detail, toDo);
    }

    private static (AcmeTrouble, string, string) NoRecord(string? name, LegoOrder order) =>
        order.Way is ChallengeWay.Dns
            ? (
                AcmeTrouble.NoRecord,
                $"The authority found no TXT record for {Of(name)}.",
                $"Look whether the provider serves the zone that the world sees, and whether _acme-challenge.{Bare(name)} can be looked up."
            )
            : (
                AcmeTrouble.NoRecord,
                $"The authority found no address for {Of(name)}.",
                $"Add an A or AAAA record for {Of(name)} that leads to this proxy; DNS may need some minutes."
            );

    private static bool IsAboutBinding(string detail) =>
        detail.Contains("external account binding", StringComparison.OrdinalIgnoreCase)
        || detail.Contains("'kid'", StringComparison.Ordinal)
        || detail.Contains("EAB", StringComparison.Ordinal);

    private static string Of(string? name) => name ?? "a name of this order";

    private static string Bare(string? name) =>
        name is null ? "NAME"
        : name.StartsWith("*.", StringComparison.Ordinal) ? name[2..]
        : name;
}
