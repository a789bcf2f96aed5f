using System.Globalization;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Web.Controls;

namespace Appliance.Web.SignIn;

/// <summary>
/// Everything that can be guessed at goes through here: an address that guesses wrong too often, or too often at one name, is answered 429,
/// and the audit says so once. A person's own device is counted for itself: nobody's guesses keep it out.
/// </summary>
internal sealed class SignInGate(
    AddressLimiter addresses,
    NameLimiter names,
    DeviceCookies devices,
    AccountStore accounts,
    AuditStore audit,
    LockedOut locked
)
{
    /// <summary>
    /// Lets <paramref name="prove"/> judge, unless the address has to wait: then the result is null, and the other a sentence.
    /// <paramref name="isWrong"/> says whether it was a wrong guess. For links, which are nobody's.
    /// </summary>
    public Task<(T? Result, string Wait)> ThroughAsync<T>(HttpContext context, Func<Task<T>> prove, Func<T, bool> isWrong)
        where T : class => CountedAsync(context, AddressLimiter.KeyOf(context.Connection.RemoteIpAddress), prove, isWrong);

    /// <summary>
    /// The same for a code of <paramref name="name"/>, whose password was right. Wrong codes also count against the account, and lock it.
    /// </summary>
    public Task<(T? Result, string Wait)> ThroughWithCodeAsync<T>(
        HttpContext context,
        string name,
        Func<Task<T>> prove,
        Func<T, bool> isWrong
    )
        where T : class => CountedAsync(context, SourceOf(context, name).Key, prove, isWrong);

    /// <summary>The same for a password of <paramref name="name"/>, whether anybody is called so or not.</summary>
    public async Task<(T? Result, string Wait)> ThroughWithPasswordAsync<T>(
        HttpContext context,
        string name,
        Func<Task<T>> prove,
        Func<T, bool> isWrong
    )
        where T : class
    {
        var (source, isDevice) = SourceOf(context, name);
        var normalized = AccountStore.Normalize(name);
        if (names.Begin(normalized, source, isDevice) is { } wait)
            return (null, Refuse(context, wait, "Too many wrong tries."));

        // Until it is known to be right: a guess that is broken off counts, too. Who was not even asked has not.
        var (asked, wrong) = (false, true);
        try
        {
            return await CountedAsync(
                context,
                source,
                () =>
                {
                    asked = true;
                    return prove();
                },
                result => wrong = isWrong(result)
            );
        }
        finally
        {
            if (names.End(normalized, source, isDevice, asked && wrong) is { } length)
            {
                var target = await accounts.NameOfAsync(name, CancellationToken.None);
                if (target is not null)
                    locked.Note(target, BrowserAddress.Of(context), length, !isDevice && names.KeepsOutEverybody(normalized));
                await NoteAsync("sign_in.name_waits", BrowserAddress.Of(context), target ?? "", length);
            }
        }
    }

    /// <summary>Forgets the wrong passwords of a name: it has another one now.</summary>
    public void Forgive(string name)
    {
        names.Forget(AccountStore.Normalize(name));
        locked.Forget(name);
    }

    /// <summary>True for results that a guesser gets.</summary>
    public static bool IsWrong(SignInResult result) => result is SignInResult.Wrong or SignInResult.Locked;

    private async Task<(T? Result, string Wait)> CountedAsync<T>(
        HttpContext context,
        string source,
        Func<Task<T>> prove,
        Func<T, bool> isWrong
    )
        where T : class
    {
        if (addresses.Begin(source) is { } wait)
            return (null, Refuse(context, wait, "Too many wrong tries from your address."));

        // Until it is known to be right: a guess that is broken off counts, too.
        var wrong = true;
        try
        {
            var result = await prove();
            wrong = isWrong(result);
            return (result, "");
        }
        finally
        {
            if (addresses.End(source, wrong) is { } length)
            {
                locked.Note("", BrowserAddress.Of(context), length);
                await NoteAsync("sign_in.address_waits", BrowserAddress.Of(context), BrowserAddress.Of(context), length);
            }
        }
    }

    private (string Key, bool IsDevice) SourceOf(HttpContext context, string name) =>
        devices.DeviceOf(context, name) is { } device
            ? ("device " + device, true)
            : (AddressLimiter.KeyOf(context.Connection.RemoteIpAddress), false);

    private static string Refuse(HttpContext context, TimeSpan wait, string why)
    {
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return $"{why} Try again in {InWords(seconds)}.";
    }

    private static string InWords(int seconds) => seconds < 60 ? Shown.Some(seconds, "second") : Shown.Some((seconds + 59) / 60, "minute");

    // To its end, even when the browser has gone: a guesser must not be able to keep it out of the audit.
    private Task NoteAsync(string action, string from, string target, TimeSpan length) =>
        audit.AddAsync(
            new()
            {
                Actor = "unknown",
                From = from,
                Action = action,
                Target = target,
                After = Shown.Duration(length),
                Result = "locked",
            },
            CancellationToken.None
        );
}
