using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Appliance.Web.Audit;

/// <summary>
/// What actions are called: what somebody wanted to do, for the result says whether it was done. Every action that is written has words
/// here; a test looks for them in the source.
/// </summary>
public static class AuditWords
{
    /// <summary>Every action that is in use, by kind, in the order of the list in the page.</summary>
    public static ImmutableArray<AuditKind> Kinds { get; } =
    [
        new(
            "sign-ins",
            "Sign-ins and setup",
            "sign_ setup",
            [
                new("sign_in", "Sign in", "Sign-in with a password"),
                new("sign_in.second_factor", "Confirm second factor", "Second step of a sign-in: a code"),
                new("sign_in.oidc", "Sign in with provider", "Sign-in with an OpenID Connect provider"),
                new("sign_in.address_waits", "Throttle an address", "Too many wrong guesses from one address"),
                new("sign_in.name_waits", "Sign-in throttled", "Too many wrong passwords for one name: it has to wait"),
                new("sign_in.link", "Make sign-in link", "A link of the command line that signs an administrator in, once"),
                new("sign_out", "Sign out", "Sign-out"),
                new("setup", "Make administrator", "An administrator made with a setup link or by settings"),
                new("setup.link", "Make setup link", "A link of the command line that makes an administrator, once"),
            ]
        ),
        new(
            "config",
            "Config",
            "config.",
            [
                new("config.console", "Save in console", "A save, a delete or an undo in the console: a new revision"),
                new("config.api", "Change by API", "A program with an API token changed the config: a new revision"),
                new("config.apply", "Apply document", "A document of the command line: a new revision"),
                new(
                    "config.restore",
                    "Restore after a loss",
                    "What ran last was stored again after the database was lost, or the older database was accepted"
                ),
                new("config.rollback", "Go back", "An earlier revision, or an item of it, came back: a new revision"),
                new("config.demo", "Store demo routes", "What --demo stores when there is nothing yet"),
            ]
        ),
        new(
            "certificates",
            "Certificates",
            "certificate.",
            [
                new("certificate.add", "Add certificate", "A certificate that was uploaded, or made here"),
                new("certificate.replace", "Replace certificate", "Another certificate in the place of one: a renewal by upload"),
                new("certificate.delete", "Delete certificate", "A certificate that is not served any more"),
                new("certificate.default", "Choose default certificate", "For clients that ask for no name, or for one that nothing has"),
                new("certificate.order", "Order certificate", "A certificate is ordered from an authority, or ordered again"),
                new("certificate.renew", "Renew certificate now", "The authority is asked immediately"),
                new("certificate.issued", "Issue certificate", "An authority issued it, for the first time or again"),
                new("certificate.failed", "Certificate not issued", "An authority issued nothing, and why"),
            ]
        ),
        new(
            "connections",
            "Connections",
            "connection. drain. inspector. inspection. headers.",
            [
                new("connection.close", "Close connections", "Close frames to open WebSockets"),
                new("drain.start", "Begin drain", "Nothing new for a route, a pool or a server"),
                new("drain.end", "End drain", "New connections again"),
                new("inspector.on", "Turn inspector on", "Inspections are possible"),
                new("inspector.off", "Turn inspector off", "Inspections are over, and what they kept is forgotten"),
                new("inspection.start", "Begin inspection", "Somebody looks at the messages of a connection"),
                new("inspection.stop", "End inspection", "Nobody looks any more"),
                new("inspection.refused", "Inspection not possible", "An inspection that was not possible"),
                new("headers.keep", "Keep header values", "Values of headers of a route's requests can be seen for a time"),
                new("headers.refused", "Header values not kept", "Keeping values of headers that was not possible"),
                new("headers.forget", "Forget header values", "No values of that route are kept any more"),
            ]
        ),
        new(
            "people",
            "People",
            "person. password. second_factor.",
            [
                new("person.add", "Add person", "A new account; also the first sign-in with a provider"),
                new("person.view", "People page opened", "Somebody without the right asked who may use the console"),
                new("person.role", "Change role", "Role or scope of an account"),
                new("person.disable", "Disable person", "No sign-in and no session any more"),
                new("person.enable", "Enable person", "May sign in again"),
                new("person.remove", "Remove person", "The account is gone; what it did stays here"),
                new("password.change", "Change own password", "A new password; other sessions ended"),
                new("password.reset", "Reset password", "An administrator chose a password for somebody"),
                new("password.check", "Confirm password", "The password was asked again, before something that takes it"),
                new("second_factor.on", "Turn second factor on", "Codes are asked for at the sign-in"),
                new("second_factor.off", "Turn second factor off", "No codes any more"),
                new("second_factor.check", "Password confirmed", "Before a person's own second factor is changed"),
                new("second_factor.recovery_codes", "Make new recovery codes", "Those of before are worth nothing"),
                new("second_factor.reset", "Take second factor away", "An administrator did, for somebody who lost it"),
            ]
        ),
        new(
            "sessions",
            "Sessions",
            "session.",
            [
                new("session.end", "End sessions", "A browser is signed out from elsewhere"),
                new("session.confirm", "Password confirmed", "Before people's accounts are changed"),
                new("session.renew", "Renew session", "A fresh sign-in took the place of an older one"),
                new("session.refresh", "Ask provider again", "The provider does not vouch for a session any more, and it ended"),
                new("session.logout", "Sign out by provider", "A logout that a provider asked for was refused"),
            ]
        ),
        new(
            "tokens",
            "API tokens",
            "token.",
            [
                new("token.create", "Make API token", "A new token by which a program uses the API"),
                new("token.revoke", "Revoke API token", "A token is worth nothing any more; also when its owner is removed"),
                new("token.view", "Look at API tokens", "Somebody without the right asked which tokens there are"),
            ]
        ),
        new("log", "Log", "log.", [new("log.change", "Change log", "What the log or the access log writes until the process ends")]),
        new(
            "notices",
            "Notices",
            "notice_channel.",
            [
                new("notice_channel.add", "Add notice channel", "A new place where notices are sent"),
                new("notice_channel.change", "Change notice channel", "Where notices are sent, or which"),
                new("notice_channel.delete", "Delete notice channel", "A place where no notices are sent any more"),
                new("notice_channel.test", "Send test notice", "A notice without a trouble, to try a channel"),
            ]
        ),
        new(
            "support",
            "Support",
            "support.",
            [new("support.bundle", "Download support bundle", "A file about the process, without secrets")]
        ),
        new("pages", "Pages", "page.", [new("page.view", "Open page", "Somebody without the right asked for a page")]),
        new(
            "audit",
            "Audit",
            "audit.",
            [
                new("audit.export", "Export audit", "Entries left as a file"),
                new("audit.view", "Read audit", "Somebody without the right asked for entries"),
                new("audit.verify", "Verify chain", "Somebody without the right asked for a walk over the chain"),
                new("audit.cut", "Old entries removed", "Entries that were older than the retention time"),
            ]
        ),
    ];

    private static readonly FrozenDictionary<string, AuditAction> _known = Kinds
        .SelectMany(kind => kind.Actions)
        .ToFrozenDictionary(action => action.Name, StringComparer.Ordinal);

    /// <summary>The action in words; an unknown one, of another version, as it is.</summary>
    public static string Of(string action) => _known.GetValueOrDefault(action)?.Words ?? action;

    /// <summary>What the action is, and its raw name: for the title.</summary>
    public static string About(string action) => _known.GetValueOrDefault(action) is { } known ? $"{action}: {known.About}" : action;

    /// <summary>True when there are words for it.</summary>
    public static bool Knows(string action) => _known.ContainsKey(action);

    /// <summary>What came of it, and with which colour and icon; the rest of the result stands behind it.</summary>
    public static AuditOutcome Outcome(string result)
    {
        var (word, rest) = result.IndexOf(": ", StringComparison.Ordinal) is > 0 and var at
            ? (result[..at], result[(at + 2)..])
            : (result, "");
        return word switch
        {
            "ok" => new("ok", "good", "good", rest),
            Data.Audit.AuditEntry.CodeAsked => new("code asked for", "off", "good", rest),
            Data.Audit.AuditEntry.PasswordChangeAsked => new("new password asked for", "off", "good", rest),
            "not_allowed" => new("not allowed", "bad", "bad", rest),
            "wrong" => new("wrong", "bad", "bad", rest),
            Data.Audit.AuditEntry.NotFresh => new("sign-in too old", "bad", "bad", rest),
            "refused" => new("refused", "bad", "bad", rest),
            "locked" => new("locked", "bad", "bad", rest),
            "disabled" => new("account disabled", "bad", "bad", rest),
            _ when word.StartsWith("ok", StringComparison.Ordinal) => new("ok", "good", "good", result[2..].TrimStart(' ', ',', ':')),
            _ => new("failed", "bad", "bad", result),
        };
    }
}
