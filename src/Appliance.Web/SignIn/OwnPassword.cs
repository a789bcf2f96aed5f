using Appliance.Data.Accounts;

namespace Appliance.Web.SignIn;

/// <summary>Asks people for their password again before something that a stranger at an open page must not do.</summary>
internal sealed class OwnPassword(AccountStore accounts, SignInGate gate)
{
    /// <summary>
    /// Null when it is right, else a sentence. Through the same door as a sign-in, so that guessing here counts, too.
    /// <paramref name="deed"/> is what the audit calls it.
    /// </summary>
    public async Task<string?> FaultAsync(HttpContext context, long account, string? password, string deed)
    {
        var (result, wait) = await gate.ThroughWithPasswordAsync(
            context,
            Session.NameOf(context.User),
            () =>
                accounts.ConfirmPasswordAsync(
                    account,
                    hash => Passwords.Check(hash, password ?? ""),
                    BrowserAddress.Of(context),
                    deed,
                    context.RequestAborted
                ),
            SignInGate.IsWrong
        );
        return result switch
        {
            SignInResult.Welcome => null,
            SignInResult.Locked => "Too many wrong codes: this account is locked for some minutes.",
            null => wait,
            _ => "The current password is wrong.",
        };
    }
}
