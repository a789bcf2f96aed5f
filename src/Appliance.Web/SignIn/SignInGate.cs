using System.Globalization;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Web.Live;

namespace Appliance.Web.SignIn;

/// <summary>Everything that can be guessed at goes through here: an address that guesses wrong too often is answered 429, and the audit says so once.</summary>
internal sealed class SignInGate(AddressLimiter limiter, AuditStore audit)
{
    /// <summary>
    /// Lets <paramref name="prove"/> judge, unless the address has to wait: then the result is null, and the other a sentence. <paramref name="isWrong"/> says
    /// whether it was a wrong guess.
    /// </summary>
    public async Task<(T? Result, string Wait)> ThroughAsync<T>(HttpContext context, Func<Task<T>> prove, Func<T, bool> isWrong)
        where T : class
    {
        var address = context.Connection.RemoteIpAddress;
        if (limiter.Begin(address) is { } wait)
        {
            var seconds = (int)Math.Ceiling(wait.TotalSeconds);
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return (null, $"Too many wrong tries from your address. Try again in {InWords(seconds)}.");
        }


        // Until it is known to be right: whoever breaks it off has guessed, too.
        var wrong = true;
        TimeSpan? begun;
        try
        {
            var result = await prove();
            wrong = isWrong(result);
            return (result, "");
        }
        finally
        {
            begun = limiter.End(address, wrong);
            if (begun is { } length)
                await NoteAsync(BrowserAddress.Of(context), length);
        }
    }

    /// <summary>True for results that a guesser gets.</summary>
    public static bool IsWrong(SignInResult result) => result is SignInResult.Wrong or SignInResult.Locked;

    private static string InWords(int seconds) => seconds < 60 ? Shown.Some(seconds, "second") : Shown.Some((seconds + 59) / 60, "minute");

    // To its end, even when the browser has gone: a guesser must not be able to keep it out of the audit.
    private Task NoteAsync(string from, TimeSpan length) => audit.AddAsync(
        new() { Actor = "unknown", From = from, Action = "sign_in.address_waits", Target = from, After = Shown.Duration(length), Result = "locked" }, CancellationToken.None);
}
