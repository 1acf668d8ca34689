// Coroutines: Async<T> yields a Result<T>, Task<T> yields a T. One core thread runs them all.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/result.h"

namespace dynamod::base {

namespace net = boost::asio;

// Where coroutines run: io_context of the program, or the simulation's SimLoop.
using Executor = net::any_io_executor;

template <class T = void>
using Async = net::awaitable<Result<T>, Executor>;

template <class T = void>
using Task = net::awaitable<T, Executor>;

// CO_TRY(auto pods, co_await list(ns));   CO_CHECK(co_await patch(p));
#define CO_TRY(declaration, ...) \
  DYN_TRY_(co_return, DYN_CONCAT(co_try_result_, __COUNTER__), declaration, __VA_ARGS__)
#define CO_CHECK(...) DYN_CHECK_(co_return, DYN_CONCAT(co_check_result_, __COUNTER__), __VA_ARGS__)

}  // namespace dynamod::base
