using System.Data.Common;
using Appliance.Data.Accounts;
using Appliance.Web.Controls;
using Appliance.Web.Frame;
using Appliance.Web.Live;
using Appliance.Web.SignIn;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Web.People;

/// <summary>
/// What administrators do to people: ask when something is lost, do it through the doors, tell every open page to look again, say so. One instance an open page.
/// </summary>
internal sealed class Administering(
    Questions questions, PeopleStore people, SessionStore sessions, SignInGate gate, ToastBoard toasts, Acting acting, ILogger<Administering> log)
{
    private const string NotFresh = "you signed in a while ago: load the page again and confirm that it is you.";

    /// <summary>Adds somebody. The reason when that cannot be, or null.</summary>
    public async Task<string?> AddAsync(string name, string? password, Role role, AccessScope scope)
    {
        var given = password ?? Passwords.New();
        var (account, fault) = await DoAsync(actor => people.AddAsync(name, Passwords.Hash(given), role, scope, actor, CancellationToken.None));
        if (account is null)
            return fault;
        toasts.Show(new($"Added {account.Name}."));
        if (password is null)
            await ShowPasswordAsync(account, given);
        return null;
    }

    /// <summary>Another role and scope. The reason when that cannot be, or null.</summary>
    public async Task<string?> ChangeRoleAsync(Account account, Role role, AccessScope scope)
    {
        var (changed, fault) = await DoAsync(actor => people.ChangeRoleAsync(account.Id, role, scope, actor, CancellationToken.None));
        if (changed is not null)
            toasts.Show(new($"{changed.Name} is {changed.Grant.Words()} now, also on open pages."));
        return fault;
    }

    /// <summary>Keeps somebody out, with every session, after a question; or lets them in again.</summary>
    public async Task DisableAsync(Account account, bool disable)
    {
        if (disable && !await AskAsync($"Disable {account.Name}?", "They cannot sign in until somebody enables the account again. Every session of theirs ends now, also on pages that are open.", "Disable"))
            return;
        if (await TellAsync(actor => people.DisableAsync(account.Id, disable, actor, CancellationToken.None)) is { } changed)
            toasts.Show(new(disable ? $"{changed.Name} is disabled; every session has ended." : $"{changed.Name} can sign in again."));
    }

    /// <summary>Deletes an account after a question. True when it is gone.</summary>
    public async Task<bool> RemoveAsync(Account account)
    {
        var back = account.Provider is null ? "" : " At the next sign-in at the provider it comes back; disable it to keep them out.";
        if (!await AskAsync($"Delete {account.Name}?", $"The account and every session of theirs are gone for good. The history and the audit keep the name.{back}", "Delete person"))
            return false;
        if (await TellAsync(actor => people.RemoveAsync(account.Id, actor, CancellationToken.None)) is not { } gone)
            return false;
        toasts.Show(new($"Deleted {gone.Name}."));
        return true;
    }

    /// <summary>A new generated password after a question, shown once.</summary>
    public async Task ResetPasswordAsync(Account account)
    {
        if (!await AskAsync($"Reset the password of {account.Name}?", "The password they have stops working, and every session of theirs ends (but this one, if it is yours). You get a new one to hand on; they choose their own at the next sign-in.", "Reset password"))
            return;
        var (given, own) = (Passwords.New(), await acting.SessionAsync());
        if (await TellAsync(actor => people.ResetPasswordAsync(account.Id, Passwords.Hash(given), actor, own, CancellationToken.None)) is not { } changed)
            return;
        gate.Forgive(changed.Name);
        await ShowPasswordAsync(changed, given);
    }

    /// <summary>Takes the second factor away after a question.</summary>
    public async Task ResetSecondFactorAsync(Account account)
    {
        if (!await AskAsync($"Take the second factor of {account.Name} away?", "For somebody who lost phone and recovery codes. Until they set up a new one, the password alone signs them in.", "Take away"))
            return;
        if (await TellAsync(actor => people.ResetSecondFactorAsync(account.Id, actor, CancellationToken.None)) is { } changed)
            toasts.Show(new($"{changed.Name} has no second factor now."));
    }

    /// <summary>Ends one session.</summary>
    public async Task EndAsync(Account account, AccountSession session)
    {
        try
        {
            var result = await sessions.EndAsync(session.Id, account.Id, await acting.WhoAsync(), "session.end", CancellationToken.None);
            toasts.Show(result.Ended > 0 ? new($"Ended a session of {account.Name}.") : new($"Nothing was ended: {WhyNot(result)}", Bad: true));
        }
        catch (Exception exception) when (exception is DbException or DbUpdateException or IOException)
        {
            toasts.Show(new($"Not done: {Away(exception)}", Bad: true));
        }
    }

    /// <summary>Ends all of them after a question.</summary>
    public async Task EndAllAsync(Account account)
    {
        if (!await AskAsync($"End every session of {account.Name}?", "They are signed out everywhere, also on pages that are open, and can sign in again.", "End all sessions"))
            return;
        try
        {
            var result = await sessions.EndAllAsync(account.Id, null, await acting.WhoAsync(), CancellationToken.None);
            toasts.Show(result is EndResult.Done done ? new($"Ended {Shown.Some(done.Count, "session")} of {account.Name}.") : new($"Nothing was ended: {WhyNot(result)}", Bad: true));
        }
        catch (Exception exception) when (exception is DbException or DbUpdateException or IOException)
        {
            toasts.Show(new($"Not done: {Away(exception)}", Bad: true));
        }
    }

    private async Task<Account?> TellAsync(Func<Actor, Task<PeopleResult>> deed)
    {
        var (account, fault) = await DoAsync(deed);
        if (fault is not null)
            toasts.Show(new($"Not done: {fault}", Bad: true));
        return account;
    }

    private async Task<(Account? Account, string? Fault)> DoAsync(Func<Actor, Task<PeopleResult>> deed)
    {
        try
        {
            switch (await deed(await acting.WhoAsync()))
            {
                case PeopleResult.Done done:
                    return (done.Account, null);
                case PeopleResult.Refused refused:
                    return (null, refused.Reason);
                case PeopleResult.NotFresh:
                    return (null, NotFresh);
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
        catch (Exception exception) when (exception is DbException or DbUpdateException or IOException)
        {
            // Going on is right: the deed and its line in the audit are one transaction, so nothing happened.
            return (null, Away(exception));
        }
    }

    private static string WhyNot(EndResult result) => result switch
    {
        EndResult.NotFresh => NotFresh,
        EndResult.NotAllowed => "you may not.",
        _ => "it is over already.",
    };

    private string Away(Exception exception)
    {
        log.NotStored(exception);
        return $"it could not be stored ({(exception.InnerException ?? exception).Message.TrimEnd('.')}). Try again.";
    }

    private async Task<bool> AskAsync(string title, string text, string verb) => await questions.AskAsync<ConfirmDialog>(
        title, new() { { dialog => dialog.Text, text }, { dialog => dialog.Verb, verb } }) is true;

    // Not by a click beside it: what it shows is nowhere else.
    private async Task ShowPasswordAsync(Account account, string password) => await questions.AskAsync<PasswordDialog>(
        $"The password of {account.Name}", new() { { dialog => dialog.Password, password } }, staysOnClickBeside: true);
}

internal static partial class AdministeringLog
{
    [LoggerMessage(3710, LogLevel.Error, "A change of people or sessions could not be stored, and was not made.")]
    public static partial void NotStored(this ILogger log, Exception exception);
}
