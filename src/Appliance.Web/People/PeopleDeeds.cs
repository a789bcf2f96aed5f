using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.Controls;
using Appliance.Web.Deeds;
using Appliance.Web.SignIn;

namespace Appliance.Web.People;

/// <summary>What administrators do to people on a page, through their stores. One instance an open page.</summary>
internal sealed class PeopleDeeds(
    PageDeeds deeds,
    Questions questions,
    PeopleStore people,
    SessionStore sessions,
    SignInGate gate,
    CurrentActor current
)
{
    private const string NotFresh = "you signed in a while ago: load the page again and confirm that it is you.";

    /// <summary>Adds somebody. The reason when that cannot be, or null.</summary>
    public async Task<string?> AddAsync(string name, string? password, Role role, AccessScope scope)
    {
        var given = password ?? Passwords.New();
        var result = await deeds.DoAsync(
            Of(
                actor => people.AddAsync(name, Passwords.Hash(given), role, scope, actor, CancellationToken.None),
                added => $"Added {added.Name}."
            )
        );
        if (password is null && AccountOf(result) is { } account)
            await ShowPasswordAsync(account, given);
        return result.Fault;
    }

    /// <summary>Another role and scope. The reason when that cannot be, or null.</summary>
    public async Task<string?> ChangeRoleAsync(Account account, Role role, AccessScope scope) =>
        (
            await deeds.DoAsync(
                Of(
                    actor => people.ChangeRoleAsync(account.Id, role, scope, actor, CancellationToken.None),
                    changed => $"{changed.Name} is {changed.Grant.Words()} now, also on open pages."
                )
            )
        ).Fault;

    /// <summary>Keeps somebody out, with every session, after a question.</summary>
    public Task DisableAsync(Account account) =>
        deeds.TellAsync(
            Of(
                actor => people.DisableAsync(account.Id, true, actor, CancellationToken.None),
                changed => $"{changed.Name} is disabled; every session has ended."
            ) with
            {
                Ask = new(
                    $"Disable {account.Name}?",
                    "They cannot sign in until somebody enables the account again. Every session of theirs ends now, also on pages "
                        + "that are open.",
                    "Disable"
                ),
            }
        );

    /// <summary>Lets somebody in again.</summary>
    public Task EnableAsync(Account account) =>
        deeds.TellAsync(
            Of(
                actor => people.DisableAsync(account.Id, false, actor, CancellationToken.None),
                changed => $"{changed.Name} can sign in again."
            )
        );

    /// <summary>Deletes an account after a question. True when it is deleted.</summary>
    public Task<bool> RemoveAsync(Account account)
    {
        var back = account.Provider is null ? "" : " At the next sign-in at the provider it comes back; disable it to keep them out.";
        return deeds.TellAsync(
            Of(actor => people.RemoveAsync(account.Id, actor, CancellationToken.None), gone => $"Deleted {gone.Name}.") with
            {
                Ask = new(
                    $"Delete {account.Name}?",
                    $"The account and every session of theirs are gone for good. The history and the audit keep the name.{back}",
                    "Delete person"
                ),
            }
        );
    }

    /// <summary>A new generated password after a question, shown once.</summary>
    public async Task ResetPasswordAsync(Account account)
    {
        var (given, own) = (Passwords.New(), await current.SessionAsync());
        var isReset = await deeds.TellAsync(
            Of(actor => people.ResetPasswordAsync(account.Id, Passwords.Hash(given), actor, own, CancellationToken.None), said: null) with
            {
                Ask = new(
                    $"Reset the password of {account.Name}?",
                    "The password they have stops working, and every session of theirs ends (but this one, if it is yours). You get a "
                        + "new one to hand on; they choose their own at the next sign-in.",
                    "Reset password"
                ),
            }
        );
        if (!isReset)
            return;
        gate.Forgive(account.Name);
        await ShowPasswordAsync(account, given);
    }

    /// <summary>Takes the second factor away after a question.</summary>
    public Task ResetSecondFactorAsync(Account account) =>
        deeds.TellAsync(
            Of(
                actor => people.ResetSecondFactorAsync(account.Id, actor, CancellationToken.None),
                changed => $"{changed.Name} has no second factor now."
            ) with
            {
                Ask = new(
                    $"Take the second factor of {account.Name} away?",
                    "For somebody who lost phone and recovery codes. Until they set up a new one, the password alone signs them in.",
                    "Take away"
                ),
            }
        );

    /// <summary>Ends one session of this account.</summary>
    public Task EndAsync(Account account, AccountSession session) =>
        deeds.TellAsync(
            new Deed<EndResult>
            {
                Do = async actor => await sessions.EndAsync(session.Id, account.Id, actor, "session.end", CancellationToken.None),
                Refusal = result => result.Ended > 0 ? null : WhyNot(result),
                Said = _ => new($"Ended a session of {account.Name}."),
            }
        );

    /// <summary>Ends all of them after a question.</summary>
    public Task EndAllAsync(Account account) =>
        deeds.TellAsync(
            new Deed<EndResult>
            {
                Ask = new(
                    $"End every session of {account.Name}?",
                    "They are signed out everywhere, also on pages that are open, and can sign in again.",
                    "End all sessions"
                ),
                Do = async actor => await sessions.EndAllAsync(account.Id, null, actor, CancellationToken.None),
                Refusal = result => result is EndResult.Done ? null : WhyNot(result),
                Said = result => new($"Ended {Shown.Some(result.Ended, "session")} of {account.Name}."),
            }
        );

    private static Deed<PeopleResult> Of(Func<Actor, Task<PeopleResult>> door, Func<Account, string>? said) =>
        new()
        {
            Do = door,
            Refusal = result =>
                result switch
                {
                    PeopleResult.Done => null,
                    PeopleResult.Refused refused => refused.Reason,
                    PeopleResult.NotFresh => NotFresh,
                    _ => throw new System.Diagnostics.UnreachableException(),
                },
            Said = result => said is not null && result is PeopleResult.Done done ? new(said(done.Account)) : null,
        };

    private static Account? AccountOf(DeedResult<PeopleResult> result) =>
        result is DeedResult<PeopleResult>.Done { Value: PeopleResult.Done done } ? done.Account : null;

    private static string WhyNot(EndResult result) =>
        result switch
        {
            EndResult.NotFresh => NotFresh,
            EndResult.NotAllowed => "you may not.",
            _ => "it is over already.",
        };

    // Not by a click beside it: what it shows is nowhere else.
    private async Task ShowPasswordAsync(Account account, string password) =>
        await questions.AskAsync<PasswordDialog>(
            $"The password of {account.Name}",
            new() { { dialog => dialog.Password, password } },
            staysOnClickBeside: true
        );
}
